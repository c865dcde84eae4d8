import { badRequest } from '@berth/api';
import type { RequestInfo } from './request.ts';

/** Reads what is asked for from method and path alone, as upstream's RequestInfoFactory does. */
export function requestInfo(method: string, pathAndQuery: string): RequestInfo {
  const mark = pathAndQuery.indexOf('?');
  const path = decode(mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark));
  const query = mark < 0 ? noQuery : new URLSearchParams(pathAndQuery.slice(mark + 1));
  const segments = path.split('/').filter((segment) => segment !== '');
  const root = rootOf(segments);
  if (!root) return { ...nothing, verb: method.toLowerCase(), path, query };

  const { group, version, parts: all } = root;
  const first = all[0] ?? '';
  const special = specialVerbs.includes(first);
  if (special && all.length < 2) {
    throw badRequest(`unable to determine kind and namespace from url, ${path}`);
  }
  const verb = special ? first : (verbs[method] ?? '');
  const { namespace, parts } = namespaceOf(special ? all.slice(1) : all);
  const resource = parts[0] ?? '';
  // What follows a legacy /proxy/ prefix is a path of the target, not a subresource.
  const subresource = verb === 'proxy' ? '' : (parts[2] ?? '');
  const ofObject = parts[1] ? { verb, name: parts[1] } : ofCollection(verb, query);
  const rest = parts[1] ? restOf(parts, path) : '';
  return {
    verb: ofObject.verb,
    isResource: true,
    path,
    query,
    group,
    version,
    namespace,
    resource,
    subresource,
    rest,
    name: ofObject.name,
  };
}

/** Whether a request may go on for as long as the client likes, so that no timeout and no seat applies. */
export const isLongRunning = ({ verb, subresource }: RequestInfo): boolean =>
  verb === 'watch' || verb === 'proxy' || streams.includes(subresource);

/** Most requests have none, and making one costs more than the rest of reading a path. */
const noQuery = new URLSearchParams();

const streams: readonly string[] = ['attach', 'exec', 'log', 'portforward', 'proxy'];
const specialVerbs: readonly string[] = ['proxy', 'watch'];
/** The two segments after a namespace's name that are parts of the namespace, not resources in it. */
const namespaceSubresources: readonly string[] = ['status', 'finalize'];

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const nothing = {
  isResource: false,
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  rest: '',
  name: '',
};

/** Group and version of `/api/<version>/…` and `/apis/<group>/<version>/…`, with the segments that follow. */
function rootOf(segments: readonly string[]) {
  const [prefix, second = '', third = ''] = segments;
  if (prefix === 'api' && segments.length >= 3)
    return { group: '', version: second, parts: segments.slice(2) };
  if (prefix === 'apis' && segments.length >= 4)
    return { group: second, version: third, parts: segments.slice(3) };
  return undefined;
}

function namespaceOf(parts: readonly string[]) {
  const [first, namespace = '', next = ''] = parts;
  if (first !== 'namespaces') return { namespace: '', parts };
  const within = next !== '' && !namespaceSubresources.includes(next);
  return { namespace, parts: within ? parts.slice(2) : parts };
}

function ofCollection(verb: string, query: URLSearchParams) {
  if (verb === 'delete') return { verb: 'deletecollection', name: '' };
  if (verb !== 'get' && verb !== 'watch') return { verb, name: '' };
  // A collection narrowed to one name is that object's as far as permissions go.
  const name = exactName(query.get('fieldSelector') ?? '');
  return { verb: verb === 'watch' || isTrue(query.get('watch')) ? 'watch' : 'list', name };
}

/** The name that a field selector demands, when it is one that a path could hold. */
function exactName(selector: string): string {
  const name = /(?:^|,)metadata\.name==?([^,=!\\]+)(?:,|$)/.exec(selector)?.[1] ?? '';
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}

const isTrue = (value: string | null): boolean =>
  value !== null && !['false', '0'].includes(value.toLowerCase());

function restOf(parts: readonly string[], path: string): string {
  if (parts.length < 3) return '';
  const rest = parts.slice(3).join('/');
  return path.endsWith('/') ? `${rest}/` : rest;
}

function decode(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(path)}`);
  }
}
