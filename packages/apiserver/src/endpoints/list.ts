import { Buffer } from 'node:buffer';
import { apiVersionOf } from '@berth/api';
import type { ApiResponse, ListMeta } from '@berth/api';
import { ExpiredError } from '@berth/storage';
import type { KeyValue } from '@berth/storage';
import { listObjects } from '../registry/list-objects.ts';
import type { Listed } from '../registry/list-objects.ts';
import type { Resource } from '../registry/resource.ts';
import { parseSelection } from '../registry/selection.ts';
import { continueExpired } from '../registry/store-errors.ts';
import { reachRevision } from '../registry/reach-revision.ts';
import type { RequestContext } from '../request.ts';
import { answer, formOf, headersFor, jsonOf } from './answer.ts';
import type { Form } from './answer.ts';
import { formatContinue } from './continue-token.ts';
import { parseListQuery } from './list-options.ts';
import type { ListQuery } from './list-options.ts';
import { planList } from './list-plan.ts';
import type { ListPlan } from './list-plan.ts';
import { metadataOf, tableOf } from './table.ts';

/** Answers `list`: one page, or all, of the objects that are asked for. */
export async function list(resource: Resource, context: RequestContext): Promise<ApiResponse> {
  const form = formOf(context);
  const listed = await readPage(resource, context, parseListQuery(context.info.query, false));
  return answerList(resource, listed, form);
}

/** Objects of one resource as the list that the client asked for. */
export function answerList(resource: Resource, listed: Listed, form: Form): ApiResponse {
  const metadata = listMetaOf(listed);
  switch (form.shape) {
    case 'object': {
      const parts = objectList(resource, listed.kvs, metadata);
      return form.encoding === 'json'
        ? { status: 200, headers: headersFor(form), body: inBlocks(parts) }
        : answer(200, Buffer.concat([...parts]), form);
    }
    case 'table': {
      const objects = listed.kvs.map((kv) => resource.codec.decode(kv));
      const table = { ...form, headers: true, now: resource.clock.now() };
      return answer(200, tableOf(resource.strategy, objects, metadata, table), form);
    }
    case 'metadata':
      return answer(200, metadataList(resource, listed.kvs, metadata, form), form);
  }
}

async function readPage(
  resource: Resource,
  { info: { namespace }, lifetime }: RequestContext,
  query: ListQuery,
): Promise<Listed> {
  const selection = parseSelection(resource.strategy, query.labelSelector, query.fieldSelector);
  const plan = planList(query);
  if (plan.atLeast > 0) await reachRevision(resource, plan.atLeast, lifetime);
  const { limit, start, revision, anyState } = plan;
  try {
    return await listObjects(resource, {
      namespace,
      selection,
      limit,
      ...(start !== undefined && { start }),
      ...(anyState ? { revision: 'cached' } : revision !== undefined && { revision }),
    });
  } catch (err) {
    throw err instanceof ExpiredError ? expiredPage(plan, err) : err;
  }
}

/** A page whose state is gone can be continued in the newest one, if the client likes. */
function expiredPage({ start }: ListPlan, cause: ExpiredError): unknown {
  return start === undefined ? cause : continueExpired(formatContinue({ start }), cause);
}

const listMetaOf = ({ revision, next, remaining }: Listed): ListMeta => ({
  resourceVersion: String(revision),
  ...(next !== undefined && { continue: formatContinue({ revision, start: next }) }),
  ...(next !== undefined &&
    remaining !== undefined &&
    remaining > 0 && { remainingItemCount: remaining }),
});

/** The list is the bytes of its objects with commas in between. */
function* objectList(
  { type, codec }: Resource,
  kvs: readonly KeyValue[],
  metadata: ListMeta,
): Iterable<Uint8Array> {
  const head = {
    kind: type.listKind ?? `${type.kind}List`,
    apiVersion: apiVersionOf(type),
    metadata,
  };
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`);
  for (const [i, kv] of kvs.entries()) {
    if (i > 0) yield comma;
    yield codec.wire(kv);
  }
  yield end;
}

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

/** Enough that a write to the network is worth its cost, little enough to stay out of the way of other requests. */
const blockBytes = 128 * 1024;

async function* inBlocks(parts: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let block: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    block.push(part);
    size += part.length;
    if (size < blockBytes) continue;
    yield Buffer.concat(block);
    block = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(block);
}

const metadataList = (
  { codec }: Resource,
  kvs: readonly KeyValue[],
  metadata: ListMeta,
  { metaVersion }: Form,
) =>
  jsonOf({
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata,
    items: kvs.map((kv) => metadataOf(codec.decode(kv), metaVersion)),
  });
