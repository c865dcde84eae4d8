import { decode } from '@berth/api';
import type { Decoded, JSONSchemaProps } from '@berth/api';
import { prune } from './prune.ts';
import { isValues } from './structural.ts';

/** Reads an object of a custom resource: its metadata as that of every object, the rest by its schema. */
export function readCustom(value: unknown, schema: JSONSchemaProps): Decoded {
  if (!isValues(value))
    return { object: {}, unknownFields: [], error: 'json: cannot unmarshal into an object' };
  const { metadata, ...rest } = value;
  const own = decode({ metadata }, 'CustomResourceDefinition');
  const pruned = prune(rest, schema, true);
  const read = own.object as { readonly metadata?: unknown };
  return {
    object: { ...(pruned.value as object), metadata: read.metadata ?? {} },
    unknownFields: [...own.unknownFields, ...pruned.unknownFields].sort(),
    ...(own.error !== undefined && { error: own.error }),
  };
}
