import { isNotFound } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { KeyValue } from '@berth/storage';
import { deleteObject } from '../registry/delete-object.ts';
import { listObjects } from '../registry/list-objects.ts';
import { refOf } from '../registry/resource.ts';
import type { Resource } from '../registry/resource.ts';
import { parseSelection } from '../registry/selection.ts';
import type { RequestContext } from '../request.ts';
import { formOf } from './answer.ts';
import { readDeleteRequest } from './delete-options.ts';
import { parseListQuery } from './list-options.ts';
import { answerList } from './list.ts';
import { planList } from './list-plan.ts';
import { writeOf } from './target.ts';

/** Answers `deletecollection`: deletes what a list with the same selectors shows, and answers with that list. */
export async function removeCollection(
  resource: Resource,
  context: RequestContext,
): Promise<ApiResponse> {
  const { info, lifetime } = context;
  const form = formOf(context);
  const request = readDeleteRequest(context);
  const query = parseListQuery(info.query, false);
  const selection = parseSelection(resource.strategy, query.labelSelector, query.fieldSelector);
  const { limit, start } = planList(query);
  const listed = await listObjects(resource, {
    namespace: info.namespace,
    selection,
    limit,
    ...(start !== undefined && { start }),
  });
  const write = writeOf(context, { fieldManager: '', options: {}, ...request });
  const deleteOne = async (kv: KeyValue) => {
    const ref = refOf(resource.codec.decode(kv));
    await deleteObject(resource, ref, request, write).catch(unlessGone);
  };
  await eachOf(listed.kvs, deleteOne, lifetime);
  return answerList(resource, listed, form);
}

/** Someone else may be faster. */
function unlessGone(err: unknown): void {
  if (!isNotFound(err)) throw err;
}

/** Writes that wait for the store's disk go together; more at once would only queue there. */
const atOnce = 16;

async function eachOf<T>(
  items: readonly T[],
  act: (item: T) => Promise<void>,
  lifetime: RequestContext['lifetime'],
): Promise<void> {
  const queue = items.values();
  const work = async () => {
    for (const item of queue) {
      lifetime.throwIfOver();
      await act(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
