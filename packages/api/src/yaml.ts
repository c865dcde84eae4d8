import { parseEvents, YAMLException } from 'js-yaml';
import type { ParsedJson } from './json.ts';
import { badRequest } from './status.ts';
import { composeDocuments, YamlError } from './yaml/compose.ts';

export { formatYaml } from './yaml/format.ts';

/** What an API server reads of one request body. */
const maxBodyLength = 3 * 1024 * 1024;
/** Manifests of a large application, with its resource definitions, are a few megabytes. */
const maxManifestLength = 64 * 1024 * 1024;
/** The parser recurses this deep. */
const maxParsedDepth = 250;

/**
 * Reads the first document of a YAML text as kubectl and the API server do: words and numbers mean what they mean in
 * YAML 1.1, dates and times stay strings, keys become strings, and `<<` merges. Size, nesting and what aliases expand
 * to are bounded. Repeated keys are reported as a strict decoder does, in one text. Throws BadRequest.
 */
export function parseYaml(input: Uint8Array | string): ParsedJson {
  return parse(input, maxBodyLength)[0] ?? { value: null, duplicates: [] };
}

/** Reads all documents of a YAML or JSON text, without those that hold nothing. */
export function parseYamlDocuments(input: Uint8Array | string): readonly ParsedJson[] {
  return parse(input, maxManifestLength).filter(({ value }) => value !== null);
}

function parse(input: Uint8Array | string, maxLength: number): readonly ParsedJson[] {
  if (input.length > maxLength) throw badYaml(`yaml: more than ${maxLength} bytes`);
  const text =
    typeof input === 'string'
      ? input
      : Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
  try {
    return composeDocuments(text, parseEvents(text, { maxDepth: maxParsedDepth }));
  } catch (err) {
    if (err instanceof YAMLException) {
      const line = err.mark ? `line ${err.mark.line + 1}: ` : '';
      throw badYaml(`yaml: ${line}${err.reason}`, err);
    }
    if (err instanceof YamlError) throw badYaml(`yaml: ${err.message}`, err);
    throw err;
  }
}

const badYaml = (message: string, cause?: Error) =>
  badRequest(`error converting YAML to JSON: ${message}`, cause && { cause });
