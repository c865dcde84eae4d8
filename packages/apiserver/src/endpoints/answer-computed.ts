import { notFound } from '@berth/api';
import type { ApiResponse, KubeObject } from '@berth/api';
import type { ServedResource } from '../registry/served.ts';
import { parseSelection } from '../registry/selection.ts';
import type { Column, Strategy } from '../registry/strategy.ts';
import type { RequestContext } from '../request.ts';
import { answer, answerValue, formOf } from './answer.ts';
import { tableOf } from './table.ts';

export interface ComputedObjects {
  readonly row: ServedResource;
  readonly columns: readonly Column<KubeObject>[];
  readonly now: () => number;
  /** All there are in the namespace that is asked for. */
  readonly read: () => Promise<readonly KubeObject[]>;
}

/** Answers a get or a list of objects that are not stored: selected and shown as those that are. */
export async function answerComputed(
  context: RequestContext,
  { row, columns, now, read }: ComputedObjects,
): Promise<ApiResponse> {
  const { name, query, verb } = context.info;
  const { type, group, version, kind } = row;
  const form = formOf(context, ['object', 'table']);
  const strategy: Strategy = { type, columns };
  const selection = parseSelection(
    strategy,
    query.get('labelSelector') ?? '',
    query.get('fieldSelector') ?? '',
  );
  const found = (await read())
    .filter(({ metadata }) => verb === 'list' || metadata.name === name)
    .filter((object) => selection.matches(object));
  if (verb === 'get' && found.length === 0)
    throw notFound({ group, resource: type.resource }, name);
  if (form.shape === 'table')
    return answer(200, tableOf(strategy, found, {}, { ...form, headers: true, now: now() }), form);
  const apiVersion = group ? `${group}/${version}` : version;
  const list = { kind: `${kind}List`, apiVersion, metadata: {}, items: found };
  return answerValue(200, verb === 'get' ? (found[0] ?? {}) : list, form);
}
