import type { FieldError, JSONSchemaProps } from '@berth/api';

/** Judges an object by the rules (`x-kubernetes-validations`) of its schema; `old` is absent for a new object. */
export type RuleCheck = (object: unknown, old: unknown) => readonly FieldError[];

/** Compiles the rules of a schema. */
export type CompileRules = (schema: JSONSchemaProps) => RuleCheck;
