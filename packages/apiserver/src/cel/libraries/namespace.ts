import type { Environment } from '@marcbachmann/cel-js';
import { opaqueType } from '../opaque.ts';

/** Makes `<name>.function(…)` possible; gives the type that such functions are registered on. */
export function registerNamespace(environment: Environment, name: string): string {
  const type = opaqueType<string>(`${name}Namespace`);
  environment
    .registerType(type.name, { ctor: type.constructor })
    .registerConstant(name, type.name, type.wrap(name));
  return type.name;
}
