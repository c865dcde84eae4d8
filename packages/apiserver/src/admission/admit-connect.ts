import type { KubeObject, ResourceType } from '@berth/api';
import type { RequestContext } from '../request.ts';
import type { AdmissionChain } from './admission.ts';

/** Asks admission about a connection into an object: its query is an options object of `kind`. */
export async function admitConnect(
  admission: AdmissionChain,
  context: RequestContext,
  type: ResourceType,
  kind: string,
): Promise<void> {
  const { info, user, lifetime } = context;
  const object = { kind, apiVersion: 'v1', ...optionsOf(info.query) } as unknown as KubeObject;
  const attributes = {
    operation: 'CONNECT',
    type,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    object,
    user,
    dryRun: false,
    warn: (text: string) => context.warn(text),
    lifetime,
  } as const;
  const mutated = await admission.mutate(object, attributes);
  await admission.validate({ ...attributes, object: mutated });
}

const lists: readonly string[] = ['command', 'ports'];
const flags: readonly string[] = ['stdin', 'stdout', 'stderr', 'tty'];

const optionsOf = (query: URLSearchParams) =>
  Object.fromEntries([...new Set(query.keys())].map((key) => [key, valueOf(query, key)]));

function valueOf(query: URLSearchParams, key: string): unknown {
  const values = query.getAll(key);
  if (key === 'ports') return values.map(Number);
  if (lists.includes(key)) return values;
  const [value = ''] = values;
  return flags.includes(key) ? value === 'true' || value === '1' : value;
}
