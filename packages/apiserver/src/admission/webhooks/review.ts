import { namespaces, parseJson, stringifyJson } from '@berth/api';
import type { KubeObject, ResourceType, Status } from '@berth/api';
import type { Attributes } from '../admission.ts';
import { isOf } from '../on.ts';

const apiVersion = 'admission.k8s.io/v1';
const kind = 'AdmissionReview';

/** A write as one webhook sees it: in the version that its rules name. */
export interface Seen {
  readonly attributes: Attributes;
  readonly type: ResourceType;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

/** The body that asks a webhook. */
export const writeReview = (uid: string, seen: Seen): Uint8Array =>
  Buffer.from(stringifyJson({ kind, apiVersion, request: requestOf(uid, seen) }));

/** An AdmissionRequest. */
export function requestOf(uid: string, { attributes, type, object, old }: Seen) {
  const { operation, subresource, namespace, name, user, dryRun, options } = attributes;
  const about = isOf(type, namespaces) ? name : namespace;
  const asked = attributes.object ?? attributes.old;
  return {
    uid,
    kind: kindOf(type, object ?? old),
    resource: resourceOf(type),
    ...(subresource && { subResource: subresource }),
    requestKind: kindOf(attributes.type, asked),
    requestResource: resourceOf(attributes.type),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(about && { namespace: about }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid !== undefined && { uid: user.uid }),
      groups: user.groups,
      ...(user.extra && { extra: user.extra }),
    },
    object: object ?? null,
    oldObject: old ?? null,
    dryRun,
    options: options ?? null,
  };
}

const resourceOf = ({ group, version, resource }: ResourceType) => ({ group, version, resource });

/** What a door takes may be of a kind of its own. */
function kindOf(type: ResourceType, object: Partial<KubeObject> | undefined) {
  const { apiVersion: said, kind: own } = object ?? {};
  if (!said || !own) return { group: type.group, version: type.version, kind: type.kind };
  const slash = said.indexOf('/');
  return { group: said.slice(0, Math.max(0, slash)), version: said.slice(slash + 1), kind: own };
}

/** What a webhook has answered, once it is known to be an answer to the question. */
export interface Verdict {
  readonly allowed: boolean;
  readonly result?: Status;
  /** Operations of a JSON patch, in their JSON; only from mutating webhooks. */
  readonly patch?: Uint8Array;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

interface Response {
  readonly uid?: unknown;
  readonly allowed?: unknown;
  readonly status?: Status;
  readonly patch?: unknown;
  readonly patchType?: unknown;
  readonly warnings?: readonly unknown[];
  readonly auditAnnotations?: Readonly<Record<string, unknown>>;
}

/** Throws an Error in upstream's words when it is none. */
export function readReview(body: Uint8Array, uid: string, mutating: boolean): Verdict {
  const { response, ...review } = parse(body);
  if (!isRecord(response)) throw new Error('webhook response was absent');
  const answer = response as Response;
  const said = typeof answer.uid === 'string' ? answer.uid : '';
  if (said !== uid) throw new Error(`expected response.uid=${quote(uid)}, got ${quote(said)}`);
  refuseOtherKind(review);
  const patch = patchOf(answer, mutating);
  return {
    allowed: answer.allowed === true,
    ...(isRecord(answer.status) && { result: answer.status }),
    ...(patch && { patch }),
    warnings: textsOf(answer.warnings),
    auditAnnotations: annotationsOf(answer.auditAnnotations),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const quote = (text: string) => JSON.stringify(text);

function parse(body: Uint8Array): Readonly<Record<string, unknown>> {
  const { value } = parseJson(body);
  if (!isRecord(value)) throw new Error('webhook response was absent');
  return value;
}

function refuseOtherKind(review: Readonly<Record<string, unknown>>): void {
  if (review.apiVersion === apiVersion && review.kind === kind) return;
  const said = [review.apiVersion, review.kind].map((one) => (typeof one === 'string' ? one : ''));
  throw new Error(
    `expected webhook response of ${apiVersion}, Kind=${kind}, got ${said.join(', Kind=')}`,
  );
}

function patchOf({ patch, patchType }: Response, mutating: boolean): Uint8Array | undefined {
  const text = typeof patch === 'string' ? patch : '';
  const type = patchType === null ? undefined : patchType;
  if (!mutating) {
    if (text) throw new Error('validating webhook may not return response.patch');
    if (type !== undefined) throw new Error('validating webhook may not return response.patchType');
    return undefined;
  }
  if (text && type === undefined)
    throw new Error('webhook returned response.patch but not response.patchType');
  if (!text && type !== undefined)
    throw new Error('webhook returned response.patchType but not response.patch');
  if (!text) return undefined;
  if (type !== 'JSONPatch')
    throw new Error(
      `webhook returned invalid response.patchType of ${quote(typeof type === 'string' ? type : '')}`,
    );
  return Buffer.from(text, 'base64');
}

const textsOf = (values: unknown): readonly string[] =>
  Array.isArray(values) ? values.filter((one): one is string => typeof one === 'string') : [];

function annotationsOf(values: unknown): Readonly<Record<string, string>> {
  const entries = isRecord(values) ? Object.entries(values) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
