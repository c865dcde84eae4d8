import { isIP, isIPv4, isIPv6 } from 'node:net';
import { dnsLabel, dnsSubdomain, parseDuration, parseTime } from '@berth/api';

const like = (pattern: RegExp) => (text: string) => pattern.test(text);
const uuid = (version: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');

/** The formats of texts that are checked; every other one is only a note to the reader. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => parseTime(text) !== undefined,
  datetime: (text) => parseTime(text) !== undefined,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: isDuration,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: like(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i),
  uuid: like(uuid('[0-9a-f]')),
  uuid3: like(uuid('3')),
  uuid4: like(uuid('4')),
  uuid5: like(uuid('5')),
  email: like(/^[^\s@<>]+@[^\s@<>]+$/),
  hostname: (text) =>
    text.length <= 255 &&
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text),
  uri: isUri,
  byte: like(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  hexcolor: like(/^#?([0-9a-f]{3}|[0-9a-f]{6})$/i),
  'k8s-short-name': (text) => dnsLabel(text).length === 0,
  'k8s-long-name': (text) => dnsSubdomain(text).length === 0,
};

/** Whether a text is of the format; true for formats that are not checked. */
export const isOfFormat = (format: string, text: string): boolean =>
  Object.hasOwn(checks, format) ? (checks[format]?.(text) ?? true) : true;

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return false;
  }
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (family === 4 ? 32 : 128);
}

function isUri(text: string): boolean {
  return text.startsWith('/') || URL.canParse(text);
}
