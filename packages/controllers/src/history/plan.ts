import { safeEncode } from '@berth/api';
import type {
  ControllerRevision,
  Draft,
  KubeObject,
  PodTemplateSpec,
  ResourceType,
} from '@berth/api';
import { controllerReference } from '../owned.ts';
import { canonical, same } from '../same.ts';

/** On the pods of a revision, and on the revision itself. */
export const revisionHashLabel = 'controller-revision-hash';
const hashLabel = 'controller.kubernetes.io/hash';

/** What of an owner makes a revision: a patch that puts a template back. */
interface RevisionData {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: 'replace' } };
}

const dataOf = (template: PodTemplateSpec): RevisionData => ({
  spec: { template: { ...template, $patch: 'replace' } },
});

/** The template that a revision holds. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (data as RevisionData).spec.template;
  return template;
}

export interface Observed<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly owner: T;
  readonly template: PodTemplateSpec;
  /** Revisions that the owner owns. */
  readonly revisions: readonly ControllerRevision[];
  readonly collisionCount: number;
}

export type RevisionPlan =
  /** The newest revision has the template. */
  | { readonly kind: 'keep'; readonly revision: ControllerRevision }
  /** An older one has it: a rollback makes it the newest. */
  | { readonly kind: 'renew'; readonly revision: ControllerRevision }
  | {
      readonly kind: 'create';
      readonly draft: Draft<ControllerRevision> & { readonly metadata: { readonly name: string } };
    };

/** How the present template of an owner comes to be its newest revision. */
export function planRevision<T extends KubeObject>(observed: Observed<T>): RevisionPlan {
  const data = dataOf(observed.template);
  const ordered = inOrder(observed.revisions);
  const newest = ordered.at(-1);
  const equal = ordered.filter((revision) => same(revision.data, data)).at(-1);
  const next = (newest?.revision ?? 0) + 1;
  if (!equal) return { kind: 'create', draft: draftOf(observed, data, next) };
  if (equal === newest) return { kind: 'keep', revision: equal };
  return { kind: 'renew', revision: { ...equal, revision: next } };
}

/** Oldest first. */
export const inOrder = (revisions: readonly ControllerRevision[]): readonly ControllerRevision[] =>
  [...revisions].sort(
    (a, b) =>
      a.revision - b.revision ||
      Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );

/** The revisions beyond `limit` that nothing lives by, oldest first. A negative limit keeps all. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
  limit: number,
): readonly ControllerRevision[] {
  const history = inOrder(revisions).filter(({ metadata }) => !live.has(metadata.name));
  return limit < 0 ? [] : history.slice(0, Math.max(0, history.length - limit));
}

function draftOf<T extends KubeObject>(
  { type, owner, template, collisionCount }: Observed<T>,
  data: RevisionData,
  revision: number,
): Draft<ControllerRevision> & { readonly metadata: { readonly name: string } } {
  const hash = hashOf(data, collisionCount);
  const { name, namespace, annotations } = owner.metadata;
  return {
    metadata: {
      // Names have room for 253 letters, hashes take ten.
      name: `${name.slice(0, 223)}-${hash}`,
      namespace: namespace!,
      labels: { ...template.metadata?.labels, [hashLabel]: hash, [revisionHashLabel]: hash },
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(type, owner)],
    },
    data,
    revision,
  };
}

/** The hash in the name of a revision. */
export const revisionHash = ({ metadata }: ControllerRevision): string =>
  metadata.labels?.[hashLabel] ?? metadata.name.slice(metadata.name.lastIndexOf('-') + 1);

/** `collisions` gives another hash when two templates happen to share one. */
function hashOf(data: RevisionData, collisions: number): string {
  let hash = 0x811c9dc5;
  const text = `${canonical(data)}${collisions > 0 ? collisions : ''}`;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return safeEncode(String(hash));
}
