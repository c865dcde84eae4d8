import { Buffer } from 'node:buffer';
import { formatYaml, parseJson, stringifyJson, wholeBody } from '@berth/api';
import type { ApiResponse, Status } from '@berth/api';
import type { Resource, View } from '../registry/resource.ts';
import type { RequestContext } from '../request.ts';
import { negotiateOutput } from './negotiate.ts';
import type { Output, Shape } from './negotiate.ts';
import { metadataOf, parseIncludeObject, tableOf } from './table.ts';

/** How answers are written, agreed before any work is done. */
export interface Form extends Output {
  readonly include: 'None' | 'Metadata' | 'Object';
}

/** What the client accepts, out of what there is; NotAcceptable otherwise. */
export const formOf = (
  { request, info }: Pick<RequestContext, 'request' | 'info'>,
  shapes: readonly Shape[] = ['object', 'table', 'metadata'],
): Form => ({
  ...negotiateOutput(request.headers.accept, shapes),
  include: parseIncludeObject(info.query),
});

/** An answer in one piece; `json` is translated when the client asked for YAML. */
export function answer(
  status: number,
  json: Uint8Array,
  form: Pick<Form, 'encoding'>,
): ApiResponse {
  const body = form.encoding === 'yaml' ? yamlOf(json) : json;
  return {
    status,
    headers: headersFor(form),
    body: wholeBody(body),
  };
}

export const headersFor = ({ encoding }: Pick<Form, 'encoding'>) => ({
  'content-type': `application/${encoding}`,
  'cache-control': 'no-cache, private',
});

const yamlOf = (json: Uint8Array) => Buffer.from(formatYaml(parseJson(json).value));

/** One object in the form that was agreed. */
export function answerObject(
  status: number,
  resource: Resource,
  view: View,
  form: Form,
): ApiResponse {
  switch (form.shape) {
    case 'object':
      return answer(status, view.wire(), form);
    case 'table': {
      const object = view.object();
      const { resourceVersion } = object.metadata;
      const table = tableOf(
        resource.strategy,
        [object],
        { resourceVersion },
        {
          ...form,
          now: resource.clock.now(),
          headers: true,
        },
      );
      return answer(status, table, form);
    }
    case 'metadata':
      return answer(status, jsonOf(metadataOf(view.object(), form.metaVersion)), form);
  }
}

/** What is not an object of the registry: a Status, a Scale, a Binding. */
export const answerValue = (
  status: number,
  value: object,
  form: Pick<Form, 'encoding'>,
): ApiResponse => answer(status, jsonOf(value), form);

export const jsonOf = (value: unknown): Uint8Array => Buffer.from(stringifyJson(value));

export const success = (details?: Status['details']): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  ...(details && { details }),
});
