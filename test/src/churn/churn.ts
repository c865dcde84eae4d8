/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- its own examples pass literals too */
import { setTimeout as wait } from 'node:timers/promises';
import { CoreV1Api, makeInformer, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { KubeConfig, V1ConfigMap } from '@kubernetes/client-node';
import { eventually } from '../eventually.ts';

export interface ChurnOptions {
  readonly config: KubeConfig;
  /** Ends the server at once and starts it again. */
  readonly restart: () => Promise<void>;
  readonly restarts: number;
  /** Resolves when it is time for the next one; `writes` counts those that were taken. */
  readonly pause: (writes: () => number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface Churn {
  /** Acknowledged ones. */
  readonly writes: number;
  /** What the informer told. */
  readonly events: number;
  /** What it told that was wrong, or did not tell. */
  readonly problems: readonly string[];
}

const namespace = 'default';
const labels = { churn: 'yes' };
const labelSelector = 'churn=yes';
const writers = 4;

/**
 * Objects come, change and go while the server falls again and again, and an informer of Kubernetes' own JavaScript
 * client follows them. It must never go back in time, and in the end know exactly what there is.
 */
export async function churn(options: ChurnOptions): Promise<Churn> {
  const { config, restart, restarts, pause, random } = options;
  const core = config.makeApiClient(CoreV1Api);
  const following = follow(config, core);
  const stop = new AbortController();
  let writes = 0;
  const writing = Array.from({ length: writers }, (_, i) =>
    write(core, { writer: `w${i}`, random, onWritten: () => void (writes += 1) }, stop.signal),
  );
  for (let i = 0; i < restarts; i++) {
    await pause(() => writes);
    await restart();
  }
  await pause(() => writes);
  stop.abort();
  await Promise.all(writing);
  const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector });
  const missed = await following.levelWith(items);
  await following.stop();
  return { writes, events: following.events(), problems: [...following.problems, ...missed] };
}

const versionOf = ({ metadata }: V1ConfigMap) => Number(metadata?.resourceVersion);
const uidOf = ({ metadata }: V1ConfigMap) => metadata?.uid ?? '';
const nameOf = ({ metadata }: V1ConfigMap) => metadata?.name ?? '';

function follow(config: KubeConfig, core: CoreV1Api) {
  const informer = makeInformer<V1ConfigMap>(
    config,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => core.listNamespacedConfigMap({ namespace, labelSelector }),
    labelSelector,
  );
  const known = new Map<string, number>();
  const gone = new Set<string>();
  const problems: string[] = [];
  let events = 0;
  let stopped = false;

  const seen = (object: V1ConfigMap) => {
    events += 1;
    const before = known.get(uidOf(object)) ?? 0;
    if (versionOf(object) <= before)
      problems.push(`${nameOf(object)} went back from ${before} to ${versionOf(object)}`);
    if (gone.has(uidOf(object))) problems.push(`${nameOf(object)} came back from the dead`);
    known.set(uidOf(object), versionOf(object));
  };
  const start = async (): Promise<void> => {
    while (!stopped) {
      try {
        return await informer.start();
      } catch {
        await wait(100);
      }
    }
  };
  informer.on('add', seen);
  informer.on('update', seen);
  informer.on('delete', (object) => {
    events += 1;
    known.delete(uidOf(object));
    gone.add(uidOf(object));
  });
  // Its documentation asks for this.
  informer.on('error', () => void wait(100).then(start));
  const started = start();

  return {
    problems,
    events: () => events,
    /** What is still not known some time after nothing changes any longer. */
    async levelWith(items: readonly V1ConfigMap[]): Promise<readonly string[]> {
      const wanted = new Map(items.map((item) => [uidOf(item), versionOf(item)]));
      const differences = () => [
        ...[...wanted].filter(([uid, version]) => known.get(uid) !== version),
        ...[...known].filter(([uid]) => !wanted.has(uid)),
      ];
      await eventually(() => differences().length === 0, { withinMs: 30_000 }).catch(() => false);
      return differences().map(([uid, version]) => `${uid} at ${version} is not known rightly`);
    },
    async stop() {
      stopped = true;
      await started;
      await informer.stop();
    },
  };
}

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

interface Writer {
  readonly writer: string;
  readonly random: () => number;
  readonly onWritten: () => void;
}

/** Makes, changes and removes objects of its own until the signal aborts. */
async function write(
  core: CoreV1Api,
  { writer, random, onWritten }: Writer,
  signal: AbortSignal,
): Promise<void> {
  let made = 0;
  let changes = 0;
  const names: string[] = [];
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      await act();
      onWritten();
    } catch {
      // The server fell, or has taken it before and could not say so.
      await wait(20);
    }
  };
  while (!signal.aborted) {
    const name = names[Math.floor(random() * names.length)];
    const choice = random();
    if (name === undefined || choice < 0.3) {
      const next = `${writer}-${made++}`;
      names.push(next);
      const body = { metadata: { name: next, labels }, data: { n: '0' } };
      await attempt(() => core.createNamespacedConfigMap({ namespace, body }));
    } else if (choice < 0.8) {
      const body = { data: { n: String((changes += 1)) } };
      await attempt(() => core.patchNamespacedConfigMap({ namespace, name, body }, merge));
    } else {
      names.splice(names.indexOf(name), 1);
      await attempt(() => core.deleteNamespacedConfigMap({ namespace, name }));
    }
  }
}
