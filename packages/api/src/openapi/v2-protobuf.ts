import type { Writer } from 'protobufjs/minimal.js';
import { stringifyJson } from '../json.ts';
import { isFields } from '../own-field.ts';
import { protobuf } from '../protobuf/runtime.ts';
import type { Json } from './schemas.ts';

/**
 * The document as messages of `openapi.v2`, the only form in which kubectl reads version 2: it checks lists of objects
 * by it. What the messages have no place for is left out, and so is what is not of the type they want.
 */
export function openApiV2ToProtobuf(document: object): Uint8Array {
  const writer = protobuf().Writer.create();
  if (isFields(document)) writeRows(writer, documentRows(), document);
  return writer.finish();
}

/** Writes a value as the field of that number, if it fits. */
type Write = (writer: Writer, number: number, value: unknown) => void;

/** The fields of a message by their names in JSON; `x-` is the one that holds all extensions. */
type Rows = Readonly<Record<string, Row>>;
type Row = readonly [number: number, write: Write];

function writeRows(writer: Writer, rows: Rows, value: Json): void {
  for (const [name, [number, write]] of Object.entries(rows)) {
    if (name === 'x-') write(writer, number, extensionsOf(value));
    else if (Object.hasOwn(value, name)) write(writer, number, value[name]);
  }
}

const extensionsOf = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith('x-')));

const tag = (number: number, wireType: 0 | 1 | 2) => (number << 3) | wireType;

const text: Write = (writer, number, value) => {
  if (typeof value === 'string') writer.uint32(tag(number, 2)).string(value);
};
const flag: Write = (writer, number, value) => {
  if (typeof value === 'boolean') writer.uint32(tag(number, 0)).bool(value);
};
const integer: Write = (writer, number, value) => {
  if (Number.isSafeInteger(value)) writer.uint32(tag(number, 0)).int64(value as number);
};
const double: Write = (writer, number, value) => {
  if (typeof value === 'number') writer.uint32(tag(number, 1)).double(value);
};

/** Messages contain each other in circles, so their rows wait until someone needs them. */
function message(rows: () => Rows): Write {
  let made: Rows | undefined;
  return (writer, number, value) => {
    if (!isFields(value)) return;
    writer.uint32(tag(number, 2)).fork();
    writeRows(writer, (made ??= rows()), value);
    writer.ldelim();
  };
}

const list =
  (write: Write): Write =>
  (writer, number, value) => {
    if (Array.isArray(value)) for (const one of value) write(writer, number, one);
  };

/** The value as the only field of a message. */
const within = (inner: number, write: Write): Write => {
  const holder = message(() => ({ value: [inner, write] }));
  return (writer, number, value) => holder(writer, number, { value });
};

/** A map, as messages of a name and a value. */
const entries = (write: Write): Write => {
  const entry = message(() => ({ name: [1, text], value: [2, write] }));
  return (writer, number, map) => {
    if (!isFields(map)) return;
    for (const [name, value] of Object.entries(map)) entry(writer, number, { name, value });
  };
};

const either =
  (isFirst: (value: Json) => boolean, first: Write, second: Write): Write =>
  (writer, number, value) => {
    if (isFields(value)) (isFirst(value) ? first : second)(writer, number, value);
  };

const yaml = within(2, text);
/** Anything, as YAML; JSON is that. */
const any: Write = (writer, number, value) => yaml(writer, number, `${stringifyJson(value)}\n`);
const extensions = entries(any);

const documentation = message(() => ({
  description: [1, text],
  url: [2, text],
  'x-': [3, extensions],
}));

/** What values that are not objects may say of themselves, numbered from `first` on. */
function primitive(first: number): Rows {
  const rows: readonly (readonly [string, Write])[] = [
    ['type', text],
    ['format', text],
    ['items', message(() => primitive(1))],
    ['collectionFormat', text],
    ['default', any],
    ['maximum', double],
    ['exclusiveMaximum', flag],
    ['minimum', double],
    ['exclusiveMinimum', flag],
    ['maxLength', integer],
    ['minLength', integer],
    ['pattern', text],
    ['maxItems', integer],
    ['minItems', integer],
    ['uniqueItems', flag],
    ['enum', list(any)],
    ['multipleOf', double],
    ['x-', extensions],
  ];
  return Object.fromEntries(
    rows.map(([name, write], index): [string, Row] => [name, [first + index, write]]),
  );
}

const schema = message(() => ({
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, double],
  maximum: [7, double],
  exclusiveMaximum: [8, flag],
  minimum: [9, double],
  exclusiveMinimum: [10, flag],
  maxLength: [11, integer],
  minLength: [12, integer],
  pattern: [13, text],
  maxItems: [14, integer],
  minItems: [15, integer],
  uniqueItems: [16, flag],
  maxProperties: [17, integer],
  minProperties: [18, integer],
  required: [19, list(text)],
  enum: [20, list(any)],
  additionalProperties: [21, schemaOrFlag],
  type: [22, oneOrMore(text)],
  items: [23, oneOrMore(schema)],
  allOf: [24, list(schema)],
  properties: [25, within(1, entries(schema))],
  discriminator: [26, text],
  readOnly: [27, flag],
  externalDocs: [29, documentation],
  example: [30, any],
  'x-': [31, extensions],
}));

function oneOrMore(write: Write): Write {
  const holder = within(1, list(write));
  return (writer, number, value) => holder(writer, number, Array.isArray(value) ? value : [value]);
}

const described = within(1, schema);
const allowed = within(2, flag);
const schemaOrFlag: Write = (writer, number, value) =>
  (isFields(value) ? described : allowed)(writer, number, value);

const said: Rows = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
};
const shortParameter = message(() => ({ ...said, ...primitive(5) }));
const longParameter = message(() => ({ ...said, allowEmptyValue: [5, flag], ...primitive(6) }));

/** Parameters outside the body, by the place they are in. */
const placed: Readonly<Record<string, Write>> = {
  header: within(1, shortParameter),
  formData: within(2, longParameter),
  query: within(3, longParameter),
  path: within(4, shortParameter),
};
const inPlace: Write = (writer, number, value) => {
  if (isFields(value)) placed[String(value['in'])]?.(writer, number, value);
};
const inBody = message(() => ({
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, schema],
  'x-': [6, extensions],
}));

const isReference = (value: Json) => '$ref' in value;
const reference = message(() => ({ $ref: [1, text], description: [2, text] }));
const parameter = either(
  isReference,
  within(2, reference),
  within(
    1,
    either((value) => value['in'] === 'body', within(1, inBody), within(2, inPlace)),
  ),
);

const response = message(() => ({
  description: [1, text],
  schema: [2, within(1, schema)],
  'x-': [5, extensions],
}));
const responses = within(
  1,
  entries(either(isReference, within(2, reference), within(1, response))),
);

/** Who may call: schemes by name, with what each demands. */
const security = list(within(1, entries(within(1, list(text)))));

const operation = message(() => ({
  tags: [1, list(text)],
  summary: [2, text],
  description: [3, text],
  externalDocs: [4, documentation],
  operationId: [5, text],
  produces: [6, list(text)],
  consumes: [7, list(text)],
  parameters: [8, list(parameter)],
  responses: [9, responses],
  schemes: [10, list(text)],
  deprecated: [11, flag],
  security: [12, security],
  'x-': [13, extensions],
}));

const pathItem = message(() => ({
  $ref: [1, text],
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  options: [6, operation],
  head: [7, operation],
  patch: [8, operation],
  parameters: [9, list(parameter)],
  'x-': [10, extensions],
}));

const info = message(() => ({
  title: [1, text],
  version: [2, text],
  description: [3, text],
  termsOfService: [4, text],
  'x-': [7, extensions],
}));

const apiKey = message(() => ({
  type: [1, text],
  name: [2, text],
  in: [3, text],
  description: [4, text],
  'x-': [5, extensions],
}));

const documentRows = (): Rows => ({
  swagger: [1, text],
  info: [2, info],
  host: [3, text],
  basePath: [4, text],
  schemes: [5, list(text)],
  consumes: [6, list(text)],
  produces: [7, list(text)],
  paths: [8, within(2, entries(pathItem))],
  definitions: [9, within(1, entries(schema))],
  security: [12, security],
  securityDefinitions: [13, within(1, entries(within(2, apiKey)))],
  externalDocs: [15, documentation],
  'x-': [16, extensions],
});
