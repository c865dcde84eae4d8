import { pathOf, StatusError } from '@berth/api';
import type {
  ApiResponse,
  KubeList,
  KubeObject,
  ResourceType,
  Status,
  Transport,
  WatchChange,
} from '@berth/api';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  PatchType,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import { createLineCutter } from './line-cutter.ts';

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface ClientOptions {
  /** Sent as User-Agent; names the field manager when a write gives none. */
  readonly userAgent: string;
}

/** Typed verbs over `transport`, speaking JSON. */
export function createClient(transport: Transport, { userAgent }: ClientOptions): Client {
  const send = async (
    method: string,
    path: string,
    options: {
      readonly body?: unknown;
      readonly contentType?: string;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<ApiResponse> => {
    const { body, contentType = 'application/json', signal } = options;
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
    if (body !== undefined) headers['content-type'] = contentType;
    const response = await transport(
      {
        method,
        path,
        headers,
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      },
      signal,
    );
    if (response.status >= 400) throw await failureOf(response);
    return response;
  };
  const request = async <R>(...args: Parameters<typeof send>): Promise<R> =>
    JSON.parse(await textOf(await send(...args))) as R;

  const collection = (type: ResourceType, namespace: string | undefined, query: Query = {}) =>
    pathOf(type, { namespace }) + queryString(query);
  const object = (
    type: ResourceType,
    ref: { readonly namespace?: string | undefined; readonly name?: string | undefined },
    subresource?: string,
    query: Query = {},
  ) => pathOf(type, { ...ref, subresource }) + queryString(query);

  return {
    get: (type, ref, signal) => request('GET', object(type, ref), { signal }),

    async list<T extends KubeObject>(
      type: ResourceType<T>,
      options: ListOptions = {},
      signal?: AbortSignal,
    ) {
      const { namespace, ...query } = options;
      const list = await request<KubeList<T>>('GET', collection(type, namespace, query), {
        signal,
      });
      return { ...list, items: list.items.map((item) => typed(type, item)) };
    },

    async *watch<T extends KubeObject>(
      type: ResourceType<T>,
      options: WatchOptions,
      signal: AbortSignal,
    ): AsyncIterable<WatchChange<T>> {
      const { namespace, sendInitialEvents, ...rest } = options;
      const path = collection(type, namespace, {
        ...rest,
        watch: true,
        ...(sendInitialEvents && {
          sendInitialEvents,
          resourceVersionMatch: 'NotOlderThan',
          allowWatchBookmarks: true,
        }),
      });
      const response = await send('GET', path, { signal });
      // No generator of lines in between: one more step for each change costs more than most changes.
      const cutter = createLineCutter();
      const changeIn = (line: string) => changeOf<T>(JSON.parse(line) as WireEvent<T>);
      for await (const chunk of response.body)
        for (const line of cutter.take(chunk)) yield changeIn(line);
      const last = cutter.rest();
      if (last.trim()) yield changeIn(last);
    },

    create: (type, draft, options = {}) =>
      request('POST', collection(type, draft.metadata.namespace, writeQuery(options)), {
        body: typed(type, draft),
        signal: options.signal,
      }),

    update: (type, next, options = {}) =>
      request('PUT', object(type, next.metadata, undefined, writeQuery(options)), {
        body: typed(type, next),
        signal: options.signal,
      }),

    updateStatus: (type, next, options = {}) =>
      request('PUT', object(type, next.metadata, 'status', writeQuery(options)), {
        body: typed(type, next),
        signal: options.signal,
      }),

    patch: (type, ref, patchType, patch, options = {}) =>
      request(
        'PATCH',
        object(type, ref, options.subresource, {
          ...writeQuery(options),
          ...(options.force && { force: true }),
        }),
        { body: patch, contentType: patchContentTypes[patchType], signal: options.signal },
      ),

    async remove(type, ref, options = {}) {
      await request('DELETE', object(type, ref), {
        body: deleteBody(options),
        signal: options.signal,
      });
    },

    async removeCollection(type, { namespace, ...query }, options = {}) {
      await request('DELETE', collection(type, namespace, query), {
        body: deleteBody(options),
        signal: options.signal,
      });
    },

    createSubresource: (type, ref, subresource, body, options = {}) =>
      request('POST', object(type, ref, subresource, writeQuery(options)), {
        body,
        signal: options.signal,
      }),

    getSubresource: (type, ref, subresource) => request('GET', object(type, ref, subresource)),

    updateSubresource: (type, ref, subresource, body, options = {}) =>
      request('PUT', object(type, ref, subresource, writeQuery(options)), {
        body,
        signal: options.signal,
      }),

    getPath: (path, signal) => request('GET', path, { signal }),
  };
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

function queryString(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}

const writeQuery = ({ fieldManager, fieldValidation, dryRun }: WriteOptions): Query => ({
  fieldManager,
  fieldValidation,
  ...(dryRun && { dryRun: 'All' }),
});

const deleteBody = ({ signal: _, dryRun, ...options }: DeleteOptions) => ({
  kind: 'DeleteOptions',
  apiVersion: 'v1',
  ...options,
  ...(dryRun && { dryRun: ['All'] }),
});

/** Items of a list carry no kind of their own; events and owner references need one. */
const typed = <T extends object>({ group, version, kind }: ResourceType, value: T): T => ({
  apiVersion: group ? `${group}/${version}` : version,
  kind,
  ...value,
});

interface WireEvent<T> {
  readonly type: string;
  readonly object: T & { readonly kind?: string } & Partial<Status>;
}

function changeOf<T extends KubeObject>({ type, object }: WireEvent<T>): WatchChange<T> {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object };
    case 'BOOKMARK':
      return {
        type,
        resourceVersion: object.metadata.resourceVersion,
        initialEventsEnd: object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true',
      };
    case 'ERROR':
      throw statusError(object, 500);
    default:
      throw new Error(`watch sent an event of unknown type ${JSON.stringify(type)}`);
  }
}

async function failureOf(response: ApiResponse): Promise<StatusError> {
  const text = await textOf(response);
  try {
    const parsed = JSON.parse(text) as Status;
    if (parsed.kind === 'Status') return statusError(parsed, response.status);
  } catch {
    // Not a Status: a proxy answered, say. The text itself is the best there is.
  }
  return statusError(
    { message: text.slice(0, 1000) || `HTTP ${response.status}` },
    response.status,
  );
}

const statusError = (status: Status, code: number) =>
  new StatusError({ status: 'Failure', ...status, code: status.code ?? code });

export async function textOf({ body }: ApiResponse): Promise<string> {
  const { bytes } = body;
  if (bytes) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
