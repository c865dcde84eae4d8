import { notAcceptable, unsupportedMediaType } from '@berth/api';
import { acceptClauses, parseClause } from './accept.ts';
import type { AcceptClause } from './accept.ts';

/** The shape of an answer: the object itself, rows to print, or metadata alone. */
export type Shape = 'object' | 'table' | 'metadata';

export interface Output {
  readonly encoding: 'json' | 'yaml';
  readonly shape: Shape;
  /** The version of meta.k8s.io in which a Table or PartialObjectMetadata is asked for. */
  readonly metaVersion: 'v1' | 'v1beta1';
}

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

const outputs = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const plain: Output = { encoding: 'json', shape: 'object', metaVersion: 'v1' };

/**
 * The first form of `accept` that can be given, by weight and then by order. Protobuf is answered in JSON: clients
 * that ask for it read the Content-Type of the answer.
 */
export function negotiateOutput(accept: string | undefined, shapes: readonly Shape[]): Output {
  if (!accept) return plain;
  for (const clause of acceptClauses(accept)) {
    const output = outputOf(clause, shapes);
    if (output) return output;
  }
  throw notAcceptable(`only the following media types are accepted: ${outputs}`);
}

const encodings: Readonly<Record<string, Output['encoding']>> = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  'application/vnd.kubernetes.protobuf': 'json',
  'application/yaml': 'yaml',
};

function outputOf({ type, params }: AcceptClause, shapes: readonly Shape[]): Output | undefined {
  if (!Object.hasOwn(encodings, type)) return undefined;
  const encoding = encodings[type];
  const shape = shapeOf(params);
  const metaVersion = params.get('v') ?? 'v1';
  if (!encoding || !shape || !shapes.includes(shape)) return undefined;
  if (metaVersion !== 'v1' && metaVersion !== 'v1beta1') return undefined;
  return { encoding, shape, metaVersion };
}

function shapeOf(params: AcceptClause['params']): Shape | undefined {
  const as = params.get('as');
  if (as === undefined) return 'object';
  if ((params.get('g') ?? 'meta.k8s.io') !== 'meta.k8s.io') return undefined;
  if (as === 'Table') return 'table';
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
    ? 'metadata'
    : undefined;
}

const bodyFormats: Readonly<Record<string, BodyFormat>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
};

/** What a body is written in; a missing Content-Type means JSON. Only generated kinds have a Protobuf form. */
export function bodyFormat(contentType: string | undefined, hasProtobuf = true): BodyFormat {
  const type = mediaTypeOf(contentType);
  const format = type && Object.hasOwn(bodyFormats, type) ? bodyFormats[type] : undefined;
  if (format && (hasProtobuf || format !== 'protobuf')) return format;
  if (!type) return 'json';
  throw unknownFormat(
    Object.keys(bodyFormats).filter((name) => hasProtobuf || bodyFormats[name] !== 'protobuf'),
  );
}

export type PatchFormat = 'json' | 'merge' | 'strategic' | 'apply';

const patchFormats: Readonly<Record<string, PatchFormat>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Only generated kinds say how their lists merge, which a strategic patch has to know. */
export function patchFormat(contentType: string | undefined, strategic = true): PatchFormat {
  const type = mediaTypeOf(contentType);
  const format = Object.hasOwn(patchFormats, type) ? patchFormats[type] : undefined;
  if (format && (strategic || format !== 'strategic')) return format;
  throw unknownFormat(
    Object.keys(patchFormats).filter((name) => strategic || patchFormats[name] !== 'strategic'),
  );
}

const mediaTypeOf = (contentType: string | undefined) =>
  contentType ? parseClause(contentType).type : '';

const unknownFormat = (accepted: readonly string[]) =>
  unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
