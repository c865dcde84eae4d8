import { definitionNameOf } from '../schema-kinds.ts';
import { badRequest, StatusError } from '../status.ts';
import { messageOf } from './message.ts';
import type { Message } from './message.ts';
import { protobuf } from './runtime.ts';
import { readFields, stringAt, tag } from './values.ts';

/** An object of any kind, in its JSON shape. */
export interface TypedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What starts every body of type `application/vnd.kubernetes.protobuf`. */
const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/**
 * Reads a body of type `application/vnd.kubernetes.protobuf` into the JSON shape that Go would print: without what is
 * empty, bytes as base64, times in RFC 3339. Throws BadRequest.
 */
export function decodeKubeProtobuf(body: Uint8Array): TypedObject {
  if (!startsWithMagic(body)) {
    throw badRequest(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  try {
    return decodeEnvelope(body.subarray(magic.length));
  } catch (err) {
    if (err instanceof StatusError) throw err;
    throw badRequest(`proto: ${err instanceof Error ? err.message : 'cannot decode'}`, {
      cause: err,
    });
  }
}

/** The inverse of `decodeKubeProtobuf`. Throws BadRequest for a kind without Protobuf form and for fields of a wrong type. */
export function encodeKubeProtobuf(object: TypedObject): Uint8Array {
  const { apiVersion, kind } = object;
  const message = messageOfKind(apiVersion, kind);
  const writer = protobuf().Writer.create();
  writer.raw(magic);
  writer.uint32(tag(1, 2)).fork();
  writer.uint32(tag(1, 2)).string(apiVersion).uint32(tag(2, 2)).string(kind).ldelim();
  writer.uint32(tag(2, 2)).fork();
  message.write(writer, object, 0);
  writer.ldelim();
  writer.uint32(tag(3, 2)).string('').uint32(tag(4, 2)).string('');
  return writer.finish();
}

const startsWithMagic = (body: Uint8Array) => magic.every((byte, at) => body[at] === byte);

function decodeEnvelope(bytes: Uint8Array): TypedObject {
  const envelope = readFields(protobuf().Reader.create(bytes));
  const typeMeta = envelope.get(1);
  const named =
    typeMeta instanceof Uint8Array
      ? readFields(protobuf().Reader.create(typeMeta))
      : new Map<number, never>();
  const apiVersion = stringAt(named, 1) ?? '';
  const kind = stringAt(named, 2) ?? '';
  const raw = envelope.get(2);
  const object: Record<string, unknown> = { apiVersion, kind };
  const message = messageOfKind(apiVersion, kind);
  if (raw instanceof Uint8Array) message.read(protobuf().Reader.create(raw), object, 0);
  return object as unknown as TypedObject;
}

function messageOfKind(apiVersion: string, kind: string): Message {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const name = definitionNameOf({ group, version, kind });
  const message = name === undefined ? undefined : messageOf(name);
  if (message) return message;
  throw badRequest(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
  );
}
