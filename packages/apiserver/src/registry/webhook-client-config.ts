import type { FieldError } from '@berth/api';
import { dnsSubdomain, invalidEach, invalidValue, portNumber, required } from '@berth/api';

const form = '; desired format: https://host[/path]';

/** Where the server can call a webhook: an https URL with nothing but host and path. */
export function checkWebhookUrl(path: string, text: string): readonly FieldError[] {
  const parts =
    /^(?:([a-zA-Z][-+.a-zA-Z0-9]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;
  const [, scheme = '', authority = '', query, fragment] = parts.exec(text) ?? [];
  const userEnd = authority.lastIndexOf('@');
  const host = authority.slice(userEnd + 1);
  const problem = parseProblem(text);
  if (problem) return [required(path, `url must be a valid URL: ${problem}${form}`)];
  return [
    ...(scheme.toLowerCase() === 'https'
      ? []
      : [
          invalidValue(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`),
        ]),
    ...(host ? [] : [invalidValue(path, host, `host must be specified${form}`)]),
    ...(userEnd < 0
      ? []
      : [
          invalidValue(
            path,
            authority.slice(0, userEnd),
            'user information is not permitted in the URL',
          ),
        ]),
    ...(fragment ? [invalidValue(path, fragment, 'fragments are not permitted in the URL')] : []),
    ...(query ? [invalidValue(path, query, 'query parameters are not permitted in the URL')] : []),
  ];
}

/** What keeps a text from being a URL or a reference to one at all. */
function parseProblem(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- these very characters are looked for
  if (/[\x00-\x1f\x7f]/.test(text)) {
    return `parse ${JSON.stringify(text)}: net/url: invalid control character in URL`;
  }
  if (text.startsWith(':')) return `parse ${JSON.stringify(text)}: missing protocol scheme`;
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text);
  return escape
    ? `parse ${JSON.stringify(text)}: invalid URL escape ${JSON.stringify(escape[0])}`
    : undefined;
}

/** The service in front of a webhook. */
interface WebhookService {
  readonly name?: string;
  readonly namespace?: string;
  readonly path?: string;
  readonly port?: number;
}

export const checkWebhookService = (
  field: string,
  { name, namespace, path, port = 0 }: WebhookService,
): readonly FieldError[] => [
  ...(name ? [] : [required(`${field}.name`, 'service name is required')]),
  ...(namespace ? [] : [required(`${field}.namespace`, 'service namespace is required')]),
  ...portNumber(port).map((problem) =>
    invalidValue(`${field}.port`, port, `port is not valid: ${problem}`),
  ),
  ...(path === undefined ? [] : checkUrlPath(`${field}.path`, path)),
];

function checkUrlPath(field: string, path: string): readonly FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [invalidValue(field, path, 'segment[0] may not be empty')];
  const steps = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(path.startsWith('/') ? [] : [invalidValue(field, path, "must start with a '/'")]),
    ...steps.flatMap((step, i) =>
      step === ''
        ? [invalidValue(field, path, `segment[${i}] may not be empty`)]
        : invalidEach(
            field,
            path,
            dnsSubdomain(step).map((problem) => `segment[${i}]: ${problem}`),
          ),
    ),
  ];
}
