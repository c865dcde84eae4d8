import type { ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { Field, Root, Type } from 'protobufjs';

export type { Root, ServiceDefinition };

/** Reads a .proto file and what it imports. Field names become camel case. */
export async function loadProto(path: string): Promise<Root> {
  const root = await new protobuf.Root().load(path, { keepCase: false });
  root.resolveAll();
  return root;
}

/**
 * The methods of a service for clients and servers, by method name as the .proto writes it. Messages are plain
 * objects: enums are names, 64-bit integers numbers, bytes `Uint8Array`; lists and maps are always there, scalars
 * have their zero value, unset messages and unset members of a oneof are absent.
 */
export function serviceDefinition(root: Root, service: string): ServiceDefinition {
  const { methods } = root.lookupService(service);
  return Object.fromEntries(
    Object.values(methods).map((method) => {
      method.resolve();
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      if (!request || !response) throw new Error(`${service}.${method.name} has unknown types`);
      const definition = {
        path: `/${service}/${method.name}`,
        requestStream: Boolean(method.requestStream),
        responseStream: Boolean(method.responseStream),
        requestSerialize: encoder(request),
        requestDeserialize: decoder(request),
        responseSerialize: encoder(response),
        responseDeserialize: decoder(response),
      };
      return [method.name, definition];
    }),
  );
}

const encoder = (type: Type) => (message: Record<string, unknown>) => {
  const bytes = type.encode(type.fromObject(message)).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

type Plain = Record<string, unknown>;

const decoder = (type: Type) => (bytes: Uint8Array) => toPlain(type, type.decode(bytes));

function toPlain(type: Type, message: object): Plain {
  const from = message as Plain;
  const plain: Plain = {};
  for (const field of type.fieldsArray) {
    const value = from[field.name];
    if (field.map) plain[field.name] = mapOf(field, value as Plain);
    else if (field.repeated) {
      plain[field.name] = (value as readonly unknown[]).map((item) => valueOf(field, item));
    } else if (isSet(field, from)) plain[field.name] = valueOf(field, value);
  }
  return plain;
}

const isSet = (field: Field, message: Plain): boolean =>
  field.partOf || field.resolvedType instanceof protobuf.Type
    ? Object.hasOwn(message, field.name) && message[field.name] !== null
    : true;

const mapOf = (field: Field, map: Plain): Plain =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, valueOf(field, value)]));

function valueOf({ resolvedType }: Field, value: unknown): unknown {
  if (resolvedType instanceof protobuf.Type) return toPlain(resolvedType, value as object);
  if (resolvedType instanceof protobuf.Enum)
    return resolvedType.valuesById[value as number] ?? value;
  if (isLong(value)) return value.toNumber();
  return Array.isArray(value) ? new Uint8Array(value) : value;
}

const isLong = (value: unknown): value is { toNumber(): number } =>
  typeof value === 'object' && value !== null && 'toNumber' in value;
