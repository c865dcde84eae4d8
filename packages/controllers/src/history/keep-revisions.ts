import { controllerRevisions, isAlreadyExists, toSelector } from '@berth/api';
import type {
  ControllerRevision,
  KubeObject,
  LabelSelector,
  PodTemplateSpec,
  ResourceType,
} from '@berth/api';
import type { Client, InformerFactory } from '@berth/client';
import { claimObjects } from '../claim.ts';
import { unlessNotFound } from '../failures.ts';
import { byController, controllerIndex, selectedBy } from '../owned.ts';
import { same } from '../same.ts';
import { planRevision, surplusRevisions } from './plan.ts';

/** An owner whose pods follow its template from revision to revision. */
type Revised = KubeObject & {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly revisionHistoryLimit?: number;
  };
  readonly status?: { readonly collisionCount?: number };
};

export interface History {
  /** Every revision, the newest of which has the present template. */
  readonly revisions: readonly ControllerRevision[];
  readonly newest: ControllerRevision;
}

/** Keeps the ControllerRevisions of one kind of owner. */
export interface RevisionKeeper<T extends Revised> {
  /** Undefined when the name of the new revision is taken by another template: then another hash is due. */
  of(owner: T): Promise<History | undefined>;
  /** Deletes what the history need not hold; `live` are names. */
  trim(owner: T, history: History, live: ReadonlySet<string>): Promise<void>;
}

export function createRevisionKeeper<T extends Revised>(
  client: Client,
  informers: InformerFactory,
  type: ResourceType<T>,
): RevisionKeeper<T> {
  const informer = informers.informer(controllerRevisions);
  informer.addIndex(byController, controllerIndex);
  return {
    async of(owner) {
      const { selector, template } = owner.spec;
      const revisions = await claimObjects({
        client,
        ownerType: type,
        owner,
        type: controllerRevisions,
        candidates: informer.lister.listNamespace(owner.metadata.namespace ?? ''),
        fits: selectedBy(toSelector(selector)),
      });
      const collisionCount = owner.status?.collisionCount ?? 0;
      const plan = planRevision({ type, owner, template, revisions, collisionCount });
      const others = revisions.filter(
        ({ metadata }) => plan.kind === 'create' || metadata.uid !== plan.revision.metadata.uid,
      );
      const newest =
        plan.kind === 'keep'
          ? plan.revision
          : plan.kind === 'renew'
            ? await client.update(controllerRevisions, plan.revision)
            : await create(client, plan.draft);
      return newest && { revisions: [...others, newest], newest };
    },
    async trim({ spec }, { revisions }, live) {
      for (const { metadata } of surplusRevisions(
        revisions,
        live,
        spec.revisionHistoryLimit ?? 10,
      )) {
        const preconditions = { uid: metadata.uid };
        await client.remove(controllerRevisions, metadata, { preconditions }).catch(unlessNotFound);
      }
    },
  };
}

async function create(
  client: Client,
  draft: Parameters<typeof client.create<ControllerRevision>>[1] & {
    readonly metadata: { readonly name: string };
  },
): Promise<ControllerRevision | undefined> {
  try {
    return await client.create(controllerRevisions, draft);
  } catch (err) {
    if (!isAlreadyExists(err)) throw err;
    // Made by a pass that was cut short, or by chance of somebody else.
    const ref = { namespace: draft.metadata.namespace!, name: draft.metadata.name };
    const there = await client.get(controllerRevisions, ref);
    return same(there.data, draft.data) ? there : undefined;
  }
}
