import { Buffer } from 'node:buffer';
import {
  badRequest,
  decode,
  definitionNameOf,
  parseJson,
  parseYaml,
  StatusError,
  decodeKubeProtobuf,
} from '@berth/api';
import type { GroupVersionKind, ParsedJson } from '@berth/api';
import type { BodyRules } from '../registry/strategy.ts';
import type { RequestContext } from '../request.ts';
import { bodyFormat } from './negotiate.ts';
import type { FieldValidation } from './write-options.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The body of a request as an object of `expected`, whose apiVersion and kind it may leave out. Unknown and repeated
 * fields are refused, warned about or ignored as the client asked. BadRequest for everything else that does not fit.
 */
export function readBody(
  context: RequestContext,
  expected: GroupVersionKind,
  validation: FieldValidation = 'Ignore',
  rules?: BodyRules,
): Values {
  const bytes = context.request.body ?? empty;
  const contentType = context.request.headers['content-type'];
  const parsed = parseBody(bytes, contentType, expected, rules === undefined);
  return decodeAs(parsed, { expected, validation, context, bytes, ...(rules && { rules }) });
}

const empty = new Uint8Array();

function parseBody(
  bytes: Uint8Array,
  contentType: string | undefined,
  expected: GroupVersionKind,
  hasProtobuf: boolean,
): ParsedJson {
  const format = bodyFormat(contentType, hasProtobuf);
  // Its fields are numbers, so none can be unknown or said twice.
  if (format === 'protobuf') return { value: decodeKubeProtobuf(bytes), duplicates: [] };
  try {
    return format === 'yaml' ? parseYaml(bytes) : parseJson(bytes);
  } catch (err) {
    if (!(err instanceof StatusError)) throw err;
    throw unrecognized(
      expected,
      `couldn't get version/kind; json parse error: ${err.message}`,
      bytes,
    );
  }
}

interface Reading {
  readonly expected: GroupVersionKind;
  readonly validation: FieldValidation;
  readonly context: Pick<RequestContext, 'warn' | 'audit'>;
  readonly bytes: Uint8Array;
  readonly rules?: BodyRules;
}

/** A parsed value as an object of `expected`. */
function decodeAs(
  { value, duplicates }: ParsedJson,
  { expected, validation, context, bytes, rules }: Reading,
): Values {
  if (!isValues(value))
    throw unrecognized(
      expected,
      "couldn't get version/kind; json parse error: json: cannot unmarshal the body into Go value of type struct { APIVersion string; Kind string }",
      bytes,
    );
  checkKind(value, expected);
  const { object, unknownFields, error } = (rules ?? generated(expected)).decode(value);
  if (error !== undefined) throw cannotHandle(expected, expected, error);
  // A schema is held against the object after it was parsed; generated types are read in one go.
  const strict = rules ? [...duplicates, ...unknownFields] : [...unknownFields, ...duplicates];
  if (strict.length > 0 && validation === 'Strict')
    throw cannotHandle(expected, expected, `strict decoding error: ${strict.join(', ')}`);
  if (validation === 'Warn') for (const text of strict) context.warn(text);
  const values = object as Values;
  context.audit?.request({ ...values, apiVersion: apiVersion(expected), kind: expected.kind });
  return values;
}

function generated(expected: GroupVersionKind): Pick<BodyRules, 'decode'> {
  const name = definitionNameOf(expected);
  if (name === undefined) throw new Error(`no definition of ${expected.kind}`);
  return { decode: (value) => decode(value, name) };
}

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const apiVersion = ({ group, version }: Omit<GroupVersionKind, 'kind'>) =>
  group ? `${group}/${version}` : version;

/** Refuses a body that says it is something else. */
function checkKind(value: Values, expected: GroupVersionKind): void {
  const said = {
    ...parseVersion(textOr(value.apiVersion, apiVersion(expected))),
    kind: textOr(value.kind, expected.kind),
  };
  // Every group has its DeleteOptions, and they are all the same.
  const sameVersion =
    apiVersion(said) === apiVersion(expected) || expected.kind === 'DeleteOptions';
  if (sameVersion && said.kind === expected.kind) return;
  if (definitionNameOf(said) === undefined)
    throw cannotHandle(
      said,
      expected,
      `no kind ${JSON.stringify(said.kind)} is registered for version ${JSON.stringify(apiVersion(said))} in scheme`,
    );
  if (!sameVersion && said.kind === expected.kind)
    throw badRequest(
      `the API version in the data (${apiVersion(said)}) does not match the expected API version (${apiVersion(expected)})`,
    );
  throw cannotHandle(
    said,
    expected,
    `converting (${said.version}.${said.kind}) to (${expected.version}.${expected.kind}): unknown conversion`,
  );
}

const textOr = (value: unknown, fallback: string) =>
  typeof value === 'string' && value !== '' ? value : fallback;

function parseVersion(text: string): Omit<GroupVersionKind, 'kind'> {
  const slash = text.indexOf('/');
  return slash < 0
    ? { group: '', version: text }
    : { group: text.slice(0, slash), version: text.slice(slash + 1) };
}

const cannotHandle = (said: GroupVersionKind, expected: GroupVersionKind, why: string) =>
  badRequest(
    `${said.kind} in version ${JSON.stringify(said.version)} cannot be handled as a ${expected.kind}: ${why}`,
  );

const unrecognized = ({ kind }: GroupVersionKind, why: string, bytes: Uint8Array) =>
  badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${summarize(bytes)})`,
  );

const summaryBytes = 30;

/** The beginning of a body: as text when it looks like JSON, else in hexadecimal. */
function summarize(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const start = Buffer.from(bytes.subarray(0, summaryBytes));
  const text = bytes[0] === 0x7b ? start.toString('utf8') : start.toString('hex');
  return bytes.length > summaryBytes ? `${text} ...` : text;
}
