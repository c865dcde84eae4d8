import { isNotFound, keyOf, pods } from '@berth/api';
import type { Draft, KubeObject, ObjectMeta, Pod, PodTemplateSpec, ResourceType } from '@berth/api';
import type { EventRecorder, Informer, Workqueue } from '@berth/client';
import { claimObjects } from './claim.ts';
import type { ControllerContext } from './controller.ts';
import { createExpectations } from './expectations.ts';
import { isNamespaceTerminating, messageOf } from './failures.ts';
import { inGrowingBatches } from './growing-batches.ts';
import { byController, controllerIndex, controllerOf, controllerReference } from './owned.ts';

export interface OwnedPodsOptions<T extends KubeObject> {
  readonly context: ControllerContext;
  readonly type: ResourceType<T>;
  readonly informer: Informer<T>;
  readonly queue: Workqueue<string>;
  readonly recorder: EventRecorder;
  /** Whether a pod of the owner's namespace is one of its own. */
  readonly fits: (owner: T, pod: Pod) => boolean;
  /** What the owner's pods carry until it has counted them. */
  readonly finalizer?: string;
  /** How events tell of it, where a kind has words of its own. */
  readonly words?: Words;
}

/** Texts of events, from the name of the owner, the name of the pod, and what went wrong. */
interface Words {
  created(owner: string, pod: string): string;
  notCreated(owner: string, pod: string, why: string): string;
  deleted(owner: string, pod: string): string;
  notDeleted(owner: string, pod: string, why: string): string;
}

const plainWords: Words = {
  created: (_, pod) => `Created pod: ${pod}`,
  notCreated: (_, __, why) => `Error creating: ${why}`,
  deleted: (_, pod) => `Deleted pod: ${pod}`,
  notDeleted: (_, __, why) => `Error deleting: ${why}`,
};

/** Why a pass could not create or delete what it wanted to. */
interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
  readonly cause: unknown;
}

/** What became of a number of creations or deletions. */
interface Outcome {
  readonly done: number;
  /** Absent when all were done, and when nothing can be made because the namespace is going. */
  readonly failure?: Failure;
}

/** The pods of one kind of owner: wakes owners by what happens to their pods, and makes and removes pods for them. */
export interface OwnedPods<T extends KubeObject> {
  /** False while the copy of the pods does not show everything that was done; counting now would count wrong. */
  isSettled(key: string): boolean;
  /** The pods of `owner`, after adoption and release. */
  claim(owner: T): Promise<readonly Pod[]>;
  /** In growing batches, which end at the first failure. */
  create(owner: T, drafts: readonly Draft<Pod>[]): Promise<Outcome>;
  /** All at once. */
  remove(owner: T, pods: readonly Pod[]): Promise<Outcome>;
}

export function createOwnedPods<T extends KubeObject>(options: OwnedPodsOptions<T>): OwnedPods<T> {
  const { type, informer, queue, recorder, fits, finalizer, words = plainWords } = options;
  const { client, informers, clock } = options.context;
  const expectations = createExpectations(clock);
  const podInformer = informers.informer(pods);
  podInformer.addIndex(byController, controllerIndex);

  const wakeOwner = (pod: Pod): string | undefined => {
    const owner = controllerOf(pod.metadata);
    if (!owner) {
      for (const candidate of informer.lister.listNamespace(pod.metadata.namespace ?? ''))
        if (fits(candidate, pod)) queue.add(keyOf(candidate));
      return undefined;
    }
    if (owner.kind !== type.kind) return undefined;
    const key = `${pod.metadata.namespace}/${owner.name}`;
    queue.add(key);
    return key;
  };
  const gone = (pod: Pod) => {
    const key = wakeOwner(pod);
    if (key) expectations.deletionSeen(key, pod.metadata.uid);
  };
  informer.addHandler({ deleted: (owner) => expectations.forget(keyOf(owner)) });
  podInformer.addHandler({
    added(pod) {
      if (pod.metadata.deletionTimestamp) return gone(pod);
      const key = wakeOwner(pod);
      if (key) expectations.creationSeen(key);
    },
    updated(before, pod) {
      if (pod.metadata.deletionTimestamp && !before.metadata.deletionTimestamp) return gone(pod);
      if (controllerOf(before.metadata)?.uid !== controllerOf(pod.metadata)?.uid) wakeOwner(before);
      wakeOwner(pod);
    },
    deleted: gone,
  });

  const removeOne = async (owner: T, pod: Pod): Promise<unknown> => {
    const { uid, name } = pod.metadata;
    try {
      await client.remove(pods, pod.metadata, { preconditions: { uid } });
      recorder.event(owner, 'Normal', 'SuccessfulDelete', words.deleted(owner.metadata.name, name));
      return undefined;
    } catch (err) {
      expectations.deletionSeen(keyOf(owner), uid);
      if (isNotFound(err)) return undefined;
      const text = words.notDeleted(owner.metadata.name, name, messageOf(err));
      recorder.event(owner, 'Warning', 'FailedDelete', text);
      return err;
    }
  };

  return {
    isSettled: (key) => expectations.satisfied(key),
    claim: (owner) =>
      claimObjects({
        client,
        ownerType: type,
        owner,
        type: pods,
        candidates: podInformer.lister.listNamespace(owner.metadata.namespace ?? ''),
        fits: (pod) => fits(owner, pod),
        ...(finalizer && { finalizer }),
      }),
    async create(owner, drafts) {
      const key = keyOf(owner);
      expectations.expectCreations(key, drafts.length);
      const errors = await inGrowingBatches(drafts.length, async (i) => {
        const { metadata } = await client.create(pods, drafts[i]!);
        const text = words.created(owner.metadata.name, metadata.name);
        recorder.event(owner, 'Normal', 'SuccessfulCreate', text);
      });
      for (const err of errors) {
        expectations.creationSeen(key);
        if (err === undefined || isNamespaceTerminating(err)) continue;
        const pod = drafts[0]?.metadata.name ?? '';
        const text = words.notCreated(owner.metadata.name, pod, messageOf(err));
        recorder.event(owner, 'Warning', 'FailedCreate', text);
      }
      return outcomeOf('FailedCreate', drafts.length, errors);
    },
    async remove(owner, going) {
      expectations.expectDeletions(
        keyOf(owner),
        going.map(({ metadata }) => metadata.uid),
      );
      const results = await Promise.all(going.map((pod) => removeOne(owner, pod)));
      const errors = results.filter((err) => err !== undefined);
      return outcomeOf('FailedDelete', going.length, errors);
    },
  };
}

function outcomeOf(reason: Failure['reason'], tried: number, errors: readonly unknown[]): Outcome {
  const done = tried - errors.length;
  const cause = errors.find((err) => err !== undefined && !isNamespaceTerminating(err));
  return cause === undefined
    ? { done }
    : { done, failure: { reason, message: messageOf(cause), cause } };
}

/** A pod as `template` describes it, managed by `owner`. The server draws its name, unless `metadata` gives it one. */
export function podFromTemplate<T extends KubeObject>(
  type: ResourceType<T>,
  owner: T,
  template: PodTemplateSpec,
  metadata: Partial<ObjectMeta> = {},
): Draft<Pod> {
  const { metadata: given, spec } = template;
  if (!spec) throw new Error(`the template of ${keyOf(owner)} has no spec`);
  return {
    metadata: {
      namespace: owner.metadata.namespace!,
      ...(!metadata.name && { generateName: generateNameOf(owner.metadata.name) }),
      ...(given?.labels && { labels: given.labels }),
      ...(given?.annotations && { annotations: given.annotations }),
      ...(given?.finalizers && { finalizers: given.finalizers }),
      ownerReferences: [controllerReference(type, owner)],
      ...metadata,
    },
    spec,
  };
}

/** Upstream drops the dash when the name with it would not be a valid prefix. */
const generateNameOf = (ownerName: string) =>
  ownerName.length < 253 ? `${ownerName}-` : ownerName;
