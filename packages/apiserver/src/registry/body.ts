import { decode, definitionNameOf, schemaOf } from '@berth/api';
import type { Decoded, ResourceType, Schema } from '@berth/api';
import type { BodyRules, Strategy } from './strategy.ts';

/** How the objects of a resource are read, and where their fields end. */
export const bodyOf = ({ type, body }: Strategy): BodyRules => body ?? generatedBody(type);

const generated = new WeakMap<ResourceType, BodyRules>();

function generatedBody(type: ResourceType): BodyRules {
  const known = generated.get(type);
  if (known) return known;
  const rules: BodyRules = {
    decode: (value) => decodeAs(type, value),
    schema: schemaOf(type),
  };
  generated.set(type, rules);
  return rules;
}

function decodeAs(type: ResourceType, value: unknown): Decoded {
  const name = definitionNameOf(type);
  if (name === undefined) throw new Error(`no definition of ${type.kind}`);
  return decode(value, name);
}

/** The schema by which fields are owned and merged. */
export const fieldsOf = (strategy: Strategy): Schema | undefined => bodyOf(strategy).schema;
