import { keyOf } from '@berth/api';
import type { Pod, PodStatus } from '@berth/api';

import type { ControlPlane } from './control-plane.ts';
import { referencesOf } from './objects.ts';
import { ownConditions } from './pod-conditions.ts';
import { endingOf } from './pod-ending.ts';
import type { PodRecord, PodRecords } from './pod-record.ts';
import type { PodWorkers } from './pod-workers.ts';
import type { PodIdentity } from './runtime-reader.ts';
import type { StatusWriter } from './status-writer.ts';

/** Turns news from the control plane and from the runtime into looks at pods. */
export interface PodSource {
  /** All that the runtime holds has been noticed: pods that come from now on have nothing there. */
  tookOver(): void;
  /** Takes over all pods that there are, and follows what changes until the returned function is called. */
  start(): () => void;
  /** The runtime or the disk has something of a pod, or has it no longer. */
  noticed(pod: PodIdentity, present: boolean): void;
}

export interface PodSourceOptions {
  readonly controlPlane: Pick<ControlPlane, 'pods' | 'configMaps' | 'secrets'>;
  readonly records: PodRecords;
  readonly workers: Pick<PodWorkers, 'wake' | 'interrupt'>;
  readonly writer: Pick<StatusWriter, 'latest' | 'resend'>;
}

export function createPodSource(options: PodSourceOptions): PodSource {
  const { controlPlane, records, workers, writer } = options;
  const { pods, configMaps, secrets } = controlPlane;
  let hasTakenOver = false;

  /** A look that goes on with the wrong aim, or with too long a grace, is cut short. */
  const update = (record: PodRecord, change: () => void) => {
    const before = endingOf(record);
    change();
    const after = endingOf(record);
    const { uid } = record.pod.metadata;
    const isSooner = after && (!before || after.graceSeconds < before.graceSeconds);
    if (isSooner) workers.interrupt(uid);
    else workers.wake(uid);
  };

  const put = (pod: Pod) => {
    const { uid } = pod.metadata;
    if (records.isBuried(uid)) return;
    const known = records.get(uid);
    if (!known || known.orphan) {
      records.put(pod, hasTakenOver);
      return workers.wake(uid);
    }
    const isNews = newsOf(known.pod) !== newsOf(pod);
    if (isNews) return update(known, () => records.put(pod));
    records.put(pod);
    const latest = writer.latest(uid);
    if (latest && !showsSame(pod.status, latest)) writer.resend(uid);
  };

  const onPod = (key: string) => {
    const pod = pods.get(key);
    records.passed(key, pod?.metadata.uid);
    for (const record of records.others(key, pod?.metadata.uid)) {
      if (!record.gone) update(record, () => (record.gone = true));
    }
    if (pod) put(pod);
  };

  const onObject = (kind: 'configMaps' | 'secrets') => (key: string) => {
    for (const { pod } of records.all()) {
      if (referencesOf(pod)[kind].has(key)) workers.wake(pod.metadata.uid);
    }
  };

  return {
    start() {
      const stops = [
        pods.onChange(onPod),
        configMaps.onChange(onObject('configMaps')),
        secrets.onChange(onObject('secrets')),
      ];
      for (const pod of pods.list()) onPod(keyOf(pod));
      return () => {
        for (const stop of stops) stop();
      };
    },
    tookOver() {
      hasTakenOver = true;
    },
    noticed(pod, present) {
      const { uid } = pod;
      const known = records.get(uid);
      if (known && present) known.untouched = false;
      if (present && !records.has(uid) && !records.isBuried(uid)) records.adopt(unknownPod(pod));
      if (records.has(uid)) workers.wake(uid);
    },
  };
}

/** What is left of a pod whose spec nobody knows any more. */
const unknownPod = ({ uid, name, namespace }: PodIdentity): Pod => ({
  metadata: { uid, name, namespace, creationTimestamp: '', resourceVersion: '' },
  spec: { containers: [] },
});

/** What of a pod makes a difference to the node. Its own status, coming back from the API, does not. */
function newsOf({ metadata, spec, status }: Pod): string {
  const { deletionTimestamp, deletionGracePeriodSeconds, labels, annotations, generation } =
    metadata;
  const foreign = (status?.conditions ?? []).filter(({ type }) => !ownConditions.has(type));
  const meta = [deletionTimestamp, deletionGracePeriodSeconds, labels, annotations, generation];
  return JSON.stringify([meta, spec, foreign]);
}

/** Whether the API shows of a pod what was last reported, as far as others might have changed it. */
function showsSame(shown: PodStatus | undefined, reported: PodStatus): boolean {
  const brief = ({ phase, podIP, conditions = [], containerStatuses = [] }: PodStatus) =>
    JSON.stringify([
      phase,
      podIP,
      conditions
        .filter(({ type }) => ownConditions.has(type))
        .map(({ type, status }) => `${type}=${status}`)
        .sort(),
      containerStatuses.map(({ name, ready, restartCount }) => [name, ready, restartCount]),
    ]);
  return brief(shown ?? {}) === brief(reported);
}
