import {
  badRequest,
  invalid,
  invalidValue,
  jsonPatch,
  mergePatch,
  parseJson,
  StatusError,
  strategicMergePatch,
  stringifyJson,
} from '@berth/api';
import type { ParsedJson } from '@berth/api';
import type { BodyRules } from '../registry/strategy.ts';
import type { RequestContext } from '../request.ts';
import type { PatchFormat } from './negotiate.ts';
import type { FieldValidation } from './write-options.ts';

type Values = Readonly<Record<string, unknown>>;

/** Makes the object that a patch asks for out of the one that is there. */
export type Patch = (current: object) => Values;

/**
 * The patch in the body of a request, for objects that are read by `body`. What it makes is decoded like a body; what does not fit,
 * and what strict validation holds against it, is Invalid.
 */
export function readPatch(
  context: RequestContext,
  format: Exclude<PatchFormat, 'apply'>,
  body: BodyRules,
  validation: FieldValidation,
): Patch {
  const { value, duplicates } = parsePatch(context.request.body);
  context.audit?.request(value);
  const patched = (current: object): unknown => {
    switch (format) {
      case 'json':
        return jsonPatch(current, value);
      case 'merge':
        return mergePatch(current, value);
      case 'strategic':
        return strategicMergePatch(current, value, body.schema);
    }
  };
  return (current) => {
    const result = patched(current);
    const { values, strict } = decodePatched(result, body);
    const problems = [...duplicates, ...strict];
    if (problems.length > 0 && validation === 'Strict')
      throw unfit(result, `strict decoding error: ${problems.join(', ')}`);
    if (validation === 'Warn') for (const problem of problems) context.warn(problem);
    return values;
  };
}

function parsePatch(body: Uint8Array = new Uint8Array()): ParsedJson {
  try {
    return parseJson(body);
  } catch (err) {
    throw err instanceof StatusError ? badRequest(`error decoding patch: ${err.message}`) : err;
  }
}

function decodePatched(result: unknown, body: BodyRules) {
  const { object, unknownFields, error } = body.decode(result);
  if (error !== undefined) throw unfit(result, error);
  return { values: object as Values, strict: unknownFields };
}

const unfit = (result: unknown, why: string) =>
  invalid({ group: '', kind: '' }, '', [invalidValue('patch', stringifyJson(result), why)]);
