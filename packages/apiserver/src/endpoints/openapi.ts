import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { notAcceptable, stringifyJson } from '@berth/api';
import type { ApiRequest, ApiResponse } from '@berth/api';
import { bytesResponse, jsonResponse } from '../response.ts';
import type { RequestInfo } from '../request.ts';
import { acceptClauses } from './accept.ts';

export interface OpenApiSource {
  /** `api/v1`, `apis/apps/v1`: the documents there are. */
  readonly names: () => readonly string[];
  /** Names the content of all documents: the same as long as nothing changes. */
  readonly stamp: () => string;
  readonly v3: (name: string) => Promise<object>;
  readonly v2: () => Promise<object>;
}

const compress = promisify(gzip);
const expand = promisify(gunzip);

interface Document {
  readonly zipped: Uint8Array;
  readonly etag: string;
}

/** `/openapi/v2`, `/openapi/v3` and the documents under it; undefined for other paths. Made when asked for first. */
export function createOpenApi({ names, stamp, v3, v2 }: OpenApiSource) {
  const made = new Map<string, Promise<Document>>();
  let madeOf = stamp();

  const document = (name: string, make: () => Promise<object>): Promise<Document> => {
    if (madeOf !== stamp()) made.clear();
    madeOf = stamp();
    const known = made.get(name) ?? zip(make);
    made.set(name, known);
    known.catch(() => made.delete(name));
    return known;
  };
  const hashOf = (name: string) =>
    createHash('sha256').update(`${stamp()}\n${name}`).digest('hex').toUpperCase();

  return async (info: RequestInfo, request: ApiRequest): Promise<ApiResponse | undefined> => {
    const [root, version, ...rest] = info.path.split('/').filter(Boolean);
    if (root !== 'openapi') return undefined;
    if (version === 'v2' && rest.length === 0) {
      demandJson(request);
      return answer(request, await document('v2', v2));
    }
    if (version !== 'v3') return undefined;
    if (rest.length === 0) return jsonResponse(200, { paths: index(names(), hashOf) });
    const name = rest.join('/');
    if (!names().includes(name)) return undefined;
    demandJson(request);
    const asked = info.query.get('hash');
    if (asked !== null && asked !== hashOf(name)) return moved(urlOf(name, hashOf(name)));
    const caching = asked === null ? 'no-cache, private' : 'public, immutable';
    return answer(request, await document(name, () => v3(name)), { 'cache-control': caching });
  };
}

const urlOf = (name: string, hash: string) => `/openapi/v3/${name}?hash=${hash}`;

const index = (names: readonly string[], hashOf: (name: string) => string) =>
  Object.fromEntries(names.map((name) => [name, { serverRelativeURL: urlOf(name, hashOf(name)) }]));

const moved = (location: string) => bytesResponse(301, new Uint8Array(), { location });

async function zip(make: () => Promise<object>): Promise<Document> {
  const bytes = Buffer.from(stringifyJson(await make()));
  const etag = `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"`;
  return { zipped: await compress(bytes), etag };
}

async function answer(
  { headers }: ApiRequest,
  { zipped, etag }: Document,
  extra: ApiResponse['headers'] = {},
): Promise<ApiResponse> {
  const common = { 'content-type': 'application/json', etag, vary: 'Accept-Encoding', ...extra };
  if (headers['if-none-match'] === etag) return bytesResponse(304, new Uint8Array(), common);
  // Kept compressed: the documents are megabytes, and nearly every client takes them so.
  return /\bgzip\b/.test(headers['accept-encoding'] ?? '')
    ? bytesResponse(200, zipped, { ...common, 'content-encoding': 'gzip' })
    : bytesResponse(200, await expand(zipped), common);
}

function demandJson({ headers }: ApiRequest): void {
  const clauses = acceptClauses(headers['accept']);
  const types = ['application/json', 'application/*', '*/*'];
  if (clauses.length > 0 && !clauses.some(({ type }) => types.includes(type))) {
    throw notAcceptable('only the following media types are accepted: application/json');
  }
}
