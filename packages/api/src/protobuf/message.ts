import type { Reader, Writer } from 'protobufjs/minimal.js';
import { maxNesting } from '../json.ts';
import { isFields, setOwnField } from '../own-field.ts';
import { definition } from '../schema.ts';
import type { Schema } from '../schema.ts';
import { badRequest } from '../status.ts';
import { fieldNumbersOf } from './fields.ts';
import type { FieldNumber } from './fields.ts';
import * as values from './values.ts';
import type { ValueCodec } from './values.ts';

type Fields = Record<string, unknown>;

/** How one message type looks on the wire. */
export interface Message {
  /** Reads to the end of `reader` into `target`. */
  read(reader: Reader, target: Fields, depth: number): void;
  write(writer: Writer, source: Readonly<Fields>, depth: number): void;
}

interface Field {
  readonly name: string;
  readonly number: number;
  read(reader: Reader, wireType: number, target: Fields, depth: number): void;
  write(writer: Writer, source: Readonly<Fields>, depth: number): void;
}

const messages = new Map<string, Message>();

/** The message of a generated type; undefined when it has none. Made on first use. */
export function messageOf(typeName: string): Message | undefined {
  const known = messages.get(typeName);
  if (known) return known;
  const rows = fieldNumbersOf(typeName);
  const properties = definition(typeName)?.properties;
  if (!rows || !properties) return undefined;
  const message = makeMessage(rows, properties);
  messages.set(typeName, message);
  return message;
}

type Properties = Readonly<Record<string, Schema>>;

function makeMessage(rows: readonly FieldNumber[], properties: Properties): Message {
  let fields: ReadonlyMap<number, Field> | undefined;
  // Types refer to each other in circles, so fields wait until someone needs them.
  const fieldsOf = () =>
    (fields ??= new Map(rows.map((row) => [row.number, makeField(row, properties)])));
  return {
    read: (reader, target, depth) => readMessage(fieldsOf(), reader, target, depth),
    write(writer, source, depth) {
      if (depth > maxNesting) throw badRequest('exceeded max depth');
      for (const field of fieldsOf().values()) field.write(writer, source, depth);
    },
  };
}

function readMessage(
  fields: ReadonlyMap<number, Field>,
  reader: Reader,
  target: Fields,
  depth: number,
) {
  if (depth > maxNesting) throw badRequest('exceeded max depth');
  while (reader.pos < reader.len) {
    const { field: number, wireType } = values.readTag(reader);
    const field = fields.get(number);
    if (field) field.read(reader, wireType, target, depth);
    else reader.skipType(wireType);
  }
}

function makeField(row: FieldNumber, properties: Properties): Field {
  if (row.isInline) return inlineField(row, properties);
  const schema = properties[row.name];
  if (!schema) throw new Error(`no field ${row.name}`);
  if (row.orElse && schema.objectRef !== undefined)
    return singleField(row, eitherCodec(messageCodec(schema.objectRef), row.orElse));
  if (schema.items) return listField(row, codecOf(schema.items));
  if (schema.additionalProperties) return mapField(row, elementCodec(schema.additionalProperties));
  return singleField(row, codecOf(schema));
}

function codecOf({ ref, type, format, preserveUnknownFields }: Schema): ValueCodec {
  if (ref !== undefined) return messageCodec(ref);
  if (preserveUnknownFields) return values.json;
  switch (type) {
    case 'object':
      return emptyMessage;
    case 'integer':
      return values.integer;
    case 'number':
      return values.double;
    case 'boolean':
      return values.boolean;
    case 'int-or-string':
      return values.intOrString;
    default:
      return stringCodecs[format ?? ''] ?? values.text;
  }
}

/** A struct without fields says something by being there. */
const emptyMessage: ValueCodec = {
  wireType: 2,
  read(reader) {
    values.nested(reader);
    return {};
  },
  write(writer) {
    writer.fork().ldelim();
  },
};

/** One value, or else several of them, or true or false: two fields of which one is there. */
function eitherCodec(one: ValueCodec, orElse: 'list' | 'boolean'): ValueCodec {
  const row = { keepsZero: true, isInline: false };
  const value = singleField({ ...row, name: 'value', number: orElse === 'list' ? 1 : 2 }, one);
  const other =
    orElse === 'list'
      ? listField({ ...row, name: 'other', number: 2 }, one)
      : singleField({ ...row, name: 'other', number: 1 }, values.boolean);
  const fields = new Map([value, other].map((field) => [field.number, field]));
  return {
    wireType: 2,
    read(reader, depth) {
      const target: Fields = {};
      readMessage(fields, values.nested(reader), target, depth + 1);
      return target['value'] ?? target['other'];
    },
    write(writer, source, depth) {
      writer.fork();
      if (isFields(source)) {
        // Go writes that a schema allows what it describes.
        if (orElse === 'boolean') other.write(writer, { other: true }, depth);
        value.write(writer, { value: source }, depth);
      } else other.write(writer, { other: source }, depth);
      writer.ldelim();
    },
  };
}

const stringCodecs: Readonly<Record<string, ValueCodec>> = {
  byte: values.bytes,
  'date-time': values.time,
  'micro-time': values.microTime,
  quantity: values.quantity,
};

/** A map to lists holds messages with one repeated field. */
const elementCodec = (schema: Schema): ValueCodec =>
  schema.items ? listMessage(codecOf(schema.items)) : codecOf(schema);

function messageCodec(typeName: string): ValueCodec {
  const message = () => {
    const found = messageOf(typeName);
    if (!found) throw new Error(`no Protobuf fields of ${typeName}`);
    return found;
  };
  return {
    wireType: 2,
    read(reader, depth) {
      const target: Fields = {};
      message().read(values.nested(reader), target, depth + 1);
      return target;
    },
    write(writer, value, depth) {
      if (!isFields(value)) throw badRequest(`cannot encode ${typeof value} as ${typeName}`);
      writer.fork();
      message().write(writer, value, depth + 1);
      writer.ldelim();
    },
  };
}

function inlineField({ name, number }: FieldNumber, properties: Properties): Field {
  const rows = fieldNumbersOf(name);
  if (!rows) throw new Error(`no Protobuf fields of ${name}`);
  const message = makeMessage(rows, properties);
  return {
    name,
    number,
    read(reader, wireType, target, depth) {
      expectWireType(name, wireType, 2);
      message.read(values.nested(reader), target, depth + 1);
    },
    write(writer, source, depth) {
      writer.uint32(values.tag(number, 2)).fork();
      message.write(writer, source, depth + 1);
      writer.ldelim();
    },
  };
}

const isAbsent = (value: unknown) => value === undefined || value === null;
const isZero = (value: unknown) => value === '' || value === 0 || value === false;

function expectWireType(name: string, wireType: number, expected: number) {
  if (wireType !== expected) {
    throw badRequest(`proto: wrong wireType = ${wireType} for field ${name}`);
  }
}

function singleField({ name, number, keepsZero }: FieldNumber, codec: ValueCodec): Field {
  const dropsZero = !keepsZero && !codec.printsZero;
  return {
    name,
    number,
    read(reader, wireType, target, depth) {
      expectWireType(name, wireType, codec.wireType);
      const value = codec.read(reader, depth);
      if (value === undefined || (dropsZero && isZero(value))) return;
      const before = target[name];
      target[name] = isFields(before) && isFields(value) ? { ...before, ...value } : value;
    },
    write(writer, source, depth) {
      const value = source[name];
      if (isAbsent(value)) return;
      writer.uint32(values.tag(number, codec.wireType));
      codec.write(writer, value, depth);
    },
  };
}

const listField = ({ name, number }: FieldNumber, codec: ValueCodec): Field => ({
  name,
  number,
  read(reader, wireType, target, depth) {
    const items = (target[name] ??= []) as unknown[];
    if (wireType === 2 && codec.wireType !== 2) {
      const packed = values.nested(reader);
      while (packed.pos < packed.len) items.push(codec.read(packed, depth));
      return;
    }
    expectWireType(name, wireType, codec.wireType);
    items.push(codec.read(reader, depth) ?? null);
  },
  write(writer, source, depth) {
    const items = source[name];
    if (isAbsent(items)) return;
    if (!Array.isArray(items)) throw badRequest(`cannot encode ${typeof items} as a list: ${name}`);
    for (const item of items) {
      writer.uint32(values.tag(number, codec.wireType));
      codec.write(writer, item, depth);
    }
  },
});

const mapField = ({ name, number }: FieldNumber, codec: ValueCodec): Field => ({
  name,
  number,
  read(reader, wireType, target, depth) {
    expectWireType(name, wireType, 2);
    const map = (target[name] ??= {}) as Fields;
    const entry = values.nested(reader);
    let key = '';
    let value: unknown;
    while (entry.pos < entry.len) {
      const tag = values.readTag(entry);
      if (tag.field === 1 && tag.wireType === 2) key = entry.string();
      else if (tag.field === 2 && tag.wireType === codec.wireType) value = codec.read(entry, depth);
      else entry.skipType(tag.wireType);
    }
    setOwnField(map, key, value ?? codec.read(values.emptyValue(), depth));
  },
  write(writer, source, depth) {
    const map = source[name];
    if (isAbsent(map)) return;
    if (!isFields(map)) throw badRequest(`cannot encode ${typeof map} as a map: ${name}`);
    for (const key of Object.keys(map).sort()) {
      writer.uint32(values.tag(number, 2)).fork().uint32(values.tag(1, 2)).string(key);
      writer.uint32(values.tag(2, codec.wireType));
      codec.write(writer, map[key], depth);
      writer.ldelim();
    }
  },
});

function listMessage(codec: ValueCodec): ValueCodec {
  const items = listField({ name: 'items', number: 1, keepsZero: true, isInline: false }, codec);
  const fields = new Map([[items.number, items]]);
  return {
    wireType: 2,
    read(reader, depth) {
      const target: Fields = {};
      readMessage(fields, values.nested(reader), target, depth + 1);
      return target['items'] ?? [];
    },
    write(writer, value, depth) {
      writer.fork();
      items.write(writer, { items: value }, depth);
      writer.ldelim();
    },
  };
}
