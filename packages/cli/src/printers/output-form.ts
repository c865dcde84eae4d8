import { UsageError } from '../usage-error.ts';

/** What `-o` asks for. */
export type OutputForm =
  | { readonly kind: 'table'; readonly wide: boolean }
  | { readonly kind: 'json' | 'yaml' | 'name' }
  | { readonly kind: 'jsonpath'; readonly template: string; readonly asJson: boolean }
  | { readonly kind: 'columns'; readonly spec: string };

const known =
  'custom-columns, custom-columns-file, json, jsonpath, jsonpath-as-json, jsonpath-file, name, wide, yaml';

/** Reads the value of `-o`; templates in files are read by `readFile`. */
export function parseOutput(
  text: string | undefined,
  readFile: (path: string) => string,
): OutputForm {
  if (!text) return { kind: 'table', wide: false };
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? '' : text.slice(equals + 1);
  switch (name) {
    case 'wide':
      return { kind: 'table', wide: true };
    case 'json':
    case 'yaml':
    case 'name':
      return { kind: name };
    case 'jsonpath':
    case 'jsonpath-as-json':
      if (!value) throw new UsageError('template format specified but no template given');
      return { kind: 'jsonpath', template: value, asJson: name !== 'jsonpath' };
    case 'jsonpath-file':
      return { kind: 'jsonpath', template: readFile(value), asJson: false };
    case 'custom-columns':
      return { kind: 'columns', spec: value };
    case 'custom-columns-file':
      return { kind: 'columns', spec: columnsOfFile(readFile(value)) };
    default:
      throw new UsageError(
        `unable to match a printer suitable for the output format "${text}", allowed formats are: ${known}`,
      );
  }
}

/** Such a file has a line of headers and a line of paths. */
function columnsOfFile(text: string): string {
  const [headers = [], paths = []] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  if (headers.length !== paths.length) {
    throw new UsageError('number of headers and field specifications do not match');
  }
  return headers.map((header, i) => `${header}:${paths[i] ?? ''}`).join(',');
}
