/** What a proxy is to reach: `name`, `name:port` or `scheme:name:port`, as it stands in a path. */
export interface SchemeNamePort {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number, a name, or `''`. */
  readonly port: string;
}

/** Undefined when it cannot be read. */
export function parseSchemeNamePort(text: string): SchemeNamePort | undefined {
  const parts = text.split(':');
  if (parts.length > 3) return undefined;
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (name === '') return undefined;
  if (scheme !== '' && scheme !== 'http' && scheme !== 'https') return undefined;
  return { scheme: scheme || 'http', name, port };
}
