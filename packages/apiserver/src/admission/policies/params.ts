import { apiVersionOf, isNotFound, matchesLabels, resourceTypes, toSelector } from '@berth/api';
import type { KubeObject, ParamKind, ParamRef, ResourceType } from '@berth/api';
import type { AdmissionReads } from '../admission.ts';

/** The objects that a binding gives to a policy as parameters; `[null]` when the policy takes none. Throws upstream's texts. */
export async function collectParams(
  kind: ParamKind | undefined,
  ref: ParamRef | undefined,
  namespace: string,
  reads: AdmissionReads,
): Promise<readonly (KubeObject | null)[]> {
  if (!kind || !ref) return [null];
  const type = typeOf(kind, reads);
  const place = placeOf(type, ref, namespace);
  const found = await find(type, ref, place, reads);
  if (found.length > 0) return found;
  if (ref.parameterNotFoundAction === 'Deny')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return [];
}

function typeOf({ apiVersion = '', kind = '' }: ParamKind, reads: AdmissionReads): ResourceType {
  const type = resourceTypes.find(
    (one) => one.kind === kind && apiVersionOf(one) === apiVersion && reads.serves(one),
  );
  if (type) return type;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion];
  throw new Error(
    `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`,
  );
}

function placeOf({ namespaced }: ResourceType, ref: ParamRef, namespace: string): string {
  if (!namespaced) {
    if (ref.namespace)
      throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return '';
  }
  if (ref.namespace) return ref.namespace;
  if (namespace === '')
    throw new Error(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  return namespace;
}

async function find(
  type: ResourceType,
  { name, selector }: ParamRef,
  namespace: string,
  reads: AdmissionReads,
): Promise<readonly KubeObject[]> {
  if (name) {
    const ref = { name, ...(namespace && { namespace }) };
    const one = await orNothing(reads.get(type, ref));
    return one ? [withType(type, one)] : [];
  }
  const wanted = toSelector(selector ?? {}) ?? [];
  const all = await reads.list(type, namespace);
  return all
    .filter(({ metadata }) => matchesLabels(wanted, metadata.labels ?? {}))
    .map((one) => withType(type, one));
}

const withType = (type: ResourceType, object: KubeObject): KubeObject => ({
  ...object,
  apiVersion: apiVersionOf(type),
  kind: type.kind,
});

async function orNothing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (err) {
    if (isNotFound(err)) return undefined;
    throw err;
  }
}
