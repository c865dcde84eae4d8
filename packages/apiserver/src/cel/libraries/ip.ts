import type { Environment } from '@marcbachmann/cel-js';
import { opaqueType } from '../opaque.ts';
import type { Boxed } from '../opaque.ts';
import {
  containsAddress,
  formatAddress,
  isWithin,
  maskAddress,
  parseAddress,
  parseNetwork,
} from './ip-address.ts';
import type { IpAddress, Network } from './ip-address.ts';
import { registerNamespace } from './namespace.ts';

const ipType = opaqueType<IpAddress>('net.IP');
const cidrType = opaqueType<Network>('net.CIDR');

type Ip = Boxed<IpAddress>;
type Cidr = Boxed<Network>;

function readIp(text: string): Ip {
  const address = parseAddress(text);
  if (!address) throw new Error(`IP Address "${text}" parse error during conversion from string`);
  return ipType.wrap(address);
}

function readCidr(text: string): Cidr {
  const network = parseNetwork(text);
  if (!network)
    throw new Error(`network address parse error during conversion from string: "${text}"`);
  return cidrType.wrap(network);
}

const isSameAddress = (a: IpAddress, b: IpAddress) => a.family === b.family && a.bits === b.bits;
const linkLocalMulticast = (ip: IpAddress) => isWithin(ip, '224.0.0.0/24', 'ff02::/16');
const linkLocalUnicast = (ip: IpAddress) => isWithin(ip, '169.254.0.0/16', 'fe80::/10');
const loopback = (ip: IpAddress) => isWithin(ip, '127.0.0.0/8', '::1/128');
const unspecified = (ip: IpAddress) => ip.bits === 0n;
const globalUnicast = (ip: IpAddress) =>
  !unspecified(ip) &&
  !loopback(ip) &&
  !linkLocalUnicast(ip) &&
  !isWithin(ip, '224.0.0.0/4', 'ff00::/8', '255.255.255.255/32');

const containsNetwork = (outer: Network, inner: Network) =>
  inner.prefix >= outer.prefix && containsAddress(outer, inner.address);

const networkText = ({ address, prefix }: Network) => `${formatAddress(address)}/${prefix}`;

/** `ip('10.0.0.1')`, `cidr('10.0.0.0/8')` and what can be asked of them. */
export function ipLibrary(environment: Environment): void {
  registerIp(environment);
  registerCidr(environment);
}

function registerIp(environment: Environment): void {
  const { name } = ipType;
  const namespace = registerNamespace(environment, 'ip');
  environment
    .registerType(name, { ctor: ipType.constructor })
    .registerOperator(`${name} == ${name}`, (a: Ip, b: Ip) => isSameAddress(a.value, b.value))
    .registerFunction(`ip(string): ${name}`, readIp)
    .registerFunction('isIP(string): bool', (text: string) => parseAddress(text) !== undefined)
    .registerFunction(`string(${name}): string`, ({ value }: Ip) => formatAddress(value))
    .registerFunction(
      `${namespace}.isCanonical(string): bool`,
      (_: unknown, text: string) => formatAddress(readIp(text).value) === text,
    )
    .registerFunction(`${name}.family(): int`, ({ value }: Ip) => BigInt(value.family));
  for (const [method, test] of [
    ['isUnspecified', unspecified],
    ['isLoopback', loopback],
    ['isLinkLocalMulticast', linkLocalMulticast],
    ['isLinkLocalUnicast', linkLocalUnicast],
    ['isGlobalUnicast', globalUnicast],
  ] as const)
    environment.registerFunction(`${name}.${method}(): bool`, ({ value }: Ip) => test(value));
}

function registerCidr(environment: Environment): void {
  const { name } = cidrType;
  environment
    .registerType(name, { ctor: cidrType.constructor })
    .registerOperator(
      `${name} == ${name}`,
      (a: Cidr, b: Cidr) =>
        a.value.prefix === b.value.prefix && isSameAddress(a.value.address, b.value.address),
    )
    .registerFunction(`cidr(string): ${name}`, readCidr)
    .registerFunction('isCIDR(string): bool', (text: string) => parseNetwork(text) !== undefined)
    .registerFunction(`string(${name}): string`, ({ value }: Cidr) => networkText(value))
    .registerFunction(`${name}.containsIP(${ipType.name}): bool`, (a: Cidr, b: Ip) =>
      containsAddress(a.value, b.value),
    )
    .registerFunction(`${name}.containsIP(string): bool`, (a: Cidr, b: string) =>
      containsAddress(a.value, readIp(b).value),
    )
    .registerFunction(`${name}.containsCIDR(${name}): bool`, (a: Cidr, b: Cidr) =>
      containsNetwork(a.value, b.value),
    )
    .registerFunction(`${name}.containsCIDR(string): bool`, (a: Cidr, b: string) =>
      containsNetwork(a.value, readCidr(b).value),
    )
    .registerFunction(`${name}.ip(): ${ipType.name}`, ({ value }: Cidr) =>
      ipType.wrap(value.address),
    )
    .registerFunction(`${name}.prefixLength(): int`, ({ value }: Cidr) => BigInt(value.prefix))
    .registerFunction(`${name}.masked(): ${name}`, ({ value: { address, prefix } }: Cidr) =>
      cidrType.wrap({ address: maskAddress(address, prefix), prefix }),
    );
}
