import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { notAcceptable, openApiV2ToProtobuf, stringifyJson } from '@berth/api';
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

/** How documents are written: what asks for them so, what they are then called, and what makes them. */
interface Form {
  readonly accepted: readonly string[];
  readonly type: string;
  readonly write: (document: object) => Uint8Array;
}

const json: Form = {
  accepted: ['application/json', 'application/*', '*/*'],
  type: 'application/json',
  write: (document) => Buffer.from(stringifyJson(document)),
};
const v2Types = 'application/com.github.proto-openapi.spec.v2';
const protobuf: Form = {
  accepted: [`${v2Types}@v1.0+protobuf`, `${v2Types}.v1.0+protobuf`],
  type: `${v2Types}.v1.0+protobuf`,
  write: openApiV2ToProtobuf,
};

interface Document {
  readonly type: string;
  readonly zipped: Uint8Array;
  readonly etag: string;
}

/** `/openapi/v2`, `/openapi/v3` and the documents under it; undefined for other paths. Made when asked for first. */
export function createOpenApi({ names, stamp, v3, v2 }: OpenApiSource) {
  const made = new Map<string, Promise<Document>>();
  let madeOf = stamp();

  const document = (name: string, form: Form, make: () => Promise<object>): Promise<Document> => {
    if (madeOf !== stamp()) made.clear();
    madeOf = stamp();
    const key = `${form.type} ${name}`;
    const known = made.get(key) ?? zip(form, make);
    made.set(key, known);
    known.catch(() => made.delete(key));
    return known;
  };
  const hashOf = (name: string) =>
    createHash('sha256').update(`${stamp()}\n${name}`).digest('hex').toUpperCase();

  return async (info: RequestInfo, request: ApiRequest): Promise<ApiResponse | undefined> => {
    const [root, version, ...rest] = info.path.split('/').filter(Boolean);
    if (root !== 'openapi') return undefined;
    if (version === 'v2' && rest.length === 0) {
      const form = formFor(request, [json, protobuf]);
      return answer(request, await document('v2', form, v2), { vary: 'Accept, Accept-Encoding' });
    }
    if (version !== 'v3') return undefined;
    if (rest.length === 0) return jsonResponse(200, { paths: index(names(), hashOf) });
    const name = rest.join('/');
    if (!names().includes(name)) return undefined;
    const form = formFor(request, [json]);
    const asked = info.query.get('hash');
    if (asked !== null && asked !== hashOf(name)) return moved(urlOf(name, hashOf(name)));
    const caching = asked === null ? 'no-cache, private' : 'public, immutable';
    return answer(request, await document(name, form, () => v3(name)), {
      'cache-control': caching,
    });
  };
}

const urlOf = (name: string, hash: string) => `/openapi/v3/${name}?hash=${hash}`;

const index = (names: readonly string[], hashOf: (name: string) => string) =>
  Object.fromEntries(names.map((name) => [name, { serverRelativeURL: urlOf(name, hashOf(name)) }]));

const moved = (location: string) => bytesResponse(301, new Uint8Array(), { location });

async function zip({ type, write }: Form, make: () => Promise<object>): Promise<Document> {
  const bytes = write(await make());
  const etag = `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"`;
  return { type, zipped: await compress(bytes), etag };
}

async function answer(
  { headers }: ApiRequest,
  { type, zipped, etag }: Document,
  extra: ApiResponse['headers'] = {},
): Promise<ApiResponse> {
  const common = { 'content-type': type, etag, vary: 'Accept-Encoding', ...extra };
  if (headers['if-none-match'] === etag) return bytesResponse(304, new Uint8Array(), common);
  // Kept compressed: the documents are megabytes, and nearly every client takes them so.
  return /\bgzip\b/.test(headers['accept-encoding'] ?? '')
    ? bytesResponse(200, zipped, { ...common, 'content-encoding': 'gzip' })
    : bytesResponse(200, await expand(zipped), common);
}

/** The form that is liked best; the first where nothing is asked for. */
function formFor({ headers }: ApiRequest, forms: readonly [Form, ...Form[]]): Form {
  const clauses = acceptClauses(headers['accept']);
  if (clauses.length === 0) return forms[0];
  for (const { type } of clauses) {
    const form = forms.find(({ accepted }) => accepted.includes(type));
    if (form) return form;
  }
  const types = forms.map(({ type }) => type).join(', ');
  throw notAcceptable(`only the following media types are accepted: ${types}`);
}
