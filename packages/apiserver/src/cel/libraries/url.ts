import type { Environment } from '@marcbachmann/cel-js';
import { opaqueType } from '../opaque.ts';
import type { Boxed } from '../opaque.ts';

interface Address {
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

const type = opaqueType<Address>('kubernetes.URL');

type U = Boxed<Address>;

const shape = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;

/** An absolute URI or an absolute path, as upstream takes them. */
function parseUrl(text: string): Address | undefined {
  // eslint-disable-next-line no-control-regex -- these are what is refused
  if (/[\x00-\x20\x7f]/.test(text) || /%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const match = shape.exec(text);
  if (!match) return undefined;
  const [, scheme = '', authority = '', path = '', query = ''] = match;
  if (scheme === '' && !text.startsWith('/')) return undefined;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (!/^(?:\[[0-9A-Fa-f:.%a-z]*\]|[^[\]:]*)(?::\d*)?$/.test(host)) return undefined;
  return { text, scheme: scheme.toLowerCase(), host, path, query };
}

const hostName = (host: string) => host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
const port = (host: string) => /:(\d*)$/.exec(host.replace(/^\[.*\]/, ''))?.[1] ?? '';

function queryOf(query: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query))
    found.set(key, [...(found.get(key) ?? []), value]);
  return found;
}

function read(text: string): Boxed<Address> {
  const address = parseUrl(text);
  if (!address) throw new Error(`URL parse error during conversion from string: parse "${text}"`);
  return type.wrap(address);
}

/** `url('https://…')` and its parts. */
export function urlLibrary(environment: Environment): void {
  const { name } = type;
  environment
    .registerType(name, { ctor: type.constructor })
    .registerOperator(`${name} == ${name}`, (a: U, b: U) => a.value.text === b.value.text)
    .registerFunction(`url(string): ${name}`, read)
    .registerFunction('isURL(string): bool', (text: string) => parseUrl(text) !== undefined)
    .registerFunction(`${name}.getScheme(): string`, ({ value }: U) => value.scheme)
    .registerFunction(`${name}.getHost(): string`, ({ value }: U) => value.host)
    .registerFunction(`${name}.getHostname(): string`, ({ value }: U) => hostName(value.host))
    .registerFunction(`${name}.getPort(): string`, ({ value }: U) => port(value.host))
    .registerFunction(`${name}.getEscapedPath(): string`, ({ value }: U) => value.path)
    .registerFunction(`${name}.getQuery(): map<string, list<string>>`, ({ value }: U) =>
      queryOf(value.query),
    );
}
