import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pods } from '@berth/api';
import type { Draft, Pod } from '@berth/api';
import { connectCri, sampleImageRef } from '@berth/cri';
import type { Cri, PodSandboxConfig } from '@berth/cri';
import { loggedStart } from '@berth/cri/testing';
import type { LoggedCall } from '@berth/cri/testing';
import { eventually } from '../eventually.ts';
import { startCluster } from '../testing/cluster.ts';
import type { Cluster } from '../testing/cluster.ts';
import { median, range } from './rows.ts';
import type { Row } from './rows.ts';

const count = 20;
/** The first pods of a fresh process meet code that has not been compiled yet. */
const unmeasured = 20;
const goalMs = 50;
const quietMs = 500;

/**
 * From creating a pod to its Ready condition as a watcher sees it, less what the runtime's own three calls took for that
 * very pod, by its log. What the same calls take without Berth is measured in turns with it, so that the machine's moods
 * fall on both, and each comes first as often as the other.
 */
export async function measurePodStart(): Promise<readonly Row[]> {
  const cluster = await startCluster({ runtime: 'containerd', nodes: 1 });
  try {
    const cri = await connectTo(cluster);
    try {
      for (let i = 0; i < unmeasured; i += 1) await startThroughApi(cluster, cri, `warm-${i}`);
      const through: Start[] = [];
      const bare: number[] = [];
      for (let i = 0; i < count; i += 1) {
        const turns = [
          async () => void through.push(await startThroughApi(cluster, cri, `bench-${i}`)),
          async () => void bare.push(await startBare(cri, i, cluster)),
        ];
        for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn();
      }
      return rowsOf(through, bare);
    } finally {
      cri.close();
    }
  } finally {
    await cluster.stop();
  }
}

/** Where the time of one start went, in ms. */
interface Start {
  readonly total: number;
  readonly beforeRuntime: number;
  readonly inRuntime: number;
  readonly betweenCalls: number;
  readonly afterRuntime: number;
}

function rowsOf(through: readonly Start[], bare: readonly number[]): readonly Row[] {
  const of = (part: keyof Start) => through.map((start) => start[part]);
  const row = (name: string, values: readonly number[]) => ({
    name,
    value: median(values).toFixed(0),
    note: range(values),
  });
  const own = through.map(({ total, inRuntime }) => total - inRuntime);
  const share = (part: keyof Start) => median(of(part)).toFixed(0);
  const shares = `${share('beforeRuntime')} before them, ${share('betweenCalls')} between, ${share('afterRuntime')} after`;
  return [
    row('pod create to Ready, ms (median)', of('total')),
    row("of that in the runtime's own three calls, ms (median)", of('inRuntime')),
    {
      ...row('what Berth adds, ms (median)', own),
      note: `${range(own)}; ${shares}`,
      goal: { text: `≤ ${goalMs}`, met: median(own) <= goalMs },
    },
    row('the three calls without Berth, ms (median)', bare),
    row(
      'create to Ready above those, ms (median of differences)',
      of('total').map((ms, i) => ms - bare[i]!),
    ),
  ];
}

async function connectTo({ dataDir }: Cluster): Promise<Cri> {
  const state = JSON.parse(await readFile(join(dataDir, 'cluster.json'), 'utf8')) as {
    readonly programs: Readonly<Record<string, { readonly pid: number }>>;
  };
  const pid = state.programs['agent-node-1']?.pid ?? 0;
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  const endpoint = words[words.indexOf('--container-runtime-endpoint') + 1] ?? '';
  return connectCri({ endpoint });
}

async function startThroughApi(cluster: Cluster, cri: Cri, name: string): Promise<Start> {
  const { client } = cluster;
  const draft: Draft<Pod> = {
    metadata: { namespace: 'default', name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: sampleImageRef, command: ['/bin/sleep', '1000'] }],
    },
  };
  const stop = new AbortController();
  const changes = client.watch(
    pods,
    {
      namespace: 'default',
      fieldSelector: `metadata.name=${name}`,
      sendInitialEvents: true,
    },
    stop.signal,
  );
  const watch = changes[Symbol.asyncIterator]();
  // The watcher is there before the pod is: its first word is that there is none.
  await watch.next();
  const startedAt = performance.now();
  const created = await client.create(pods, draft);
  try {
    for (let next = await watch.next(); !next.done; next = await watch.next()) {
      if (next.value.type !== 'BOOKMARK' && isReady(next.value.object)) break;
    }
    const readyAt = performance.now();
    const { runPodSandbox, createContainer, startContainer } =
      loggedStart(await cluster.log('containerd-node-1'), created.metadata.uid) ??
      fail(`containerd did not log the start of ${name}`);
    const ofLog = (at: number) => at - performance.timeOrigin;
    return {
      total: readyAt - startedAt,
      beforeRuntime: ofLog(runPodSandbox.from) - startedAt,
      inRuntime: took(runPodSandbox) + took(createContainer) + took(startContainer),
      betweenCalls:
        createContainer.from - runPodSandbox.to + (startContainer.from - createContainer.to),
      afterRuntime: readyAt - ofLog(startContainer.to),
    };
  } finally {
    stop.abort();
    await client.remove(pods, created.metadata, { gracePeriodSeconds: 0 });
    await untilQuiet(cri);
  }
}

const took = ({ from, to }: LoggedCall) => to - from;

function fail(why: string): never {
  throw new Error(why);
}

/** What ends takes the machine's time, also a little after it is gone, and would be counted to whatever starts next. */
async function untilQuiet({ runtime }: Cri): Promise<void> {
  await eventually(async () => (await runtime.listPodSandbox({})).length === 0, {
    withinMs: 60_000,
  });
  await wait(quietMs);
}

const isReady = ({ status }: Pod) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

async function startBare(cri: Cri, i: number, { dataDir }: Cluster): Promise<number> {
  const { runtime } = cri;
  const sandbox: PodSandboxConfig = {
    metadata: { name: `bare-${i}`, uid: `bare-${i}`, namespace: 'bench', attempt: 0 },
    logDirectory: join(dataDir, 'bench-logs', `bare-${i}`),
    labels: {},
    annotations: {},
    // As every sandbox of a pod: the runtime takes a while to turn the profile into a filter.
    linux: {
      securityContext: {
        namespaceOptions: { pid: 'CONTAINER' },
        seccomp: { profileType: 'RuntimeDefault' },
      },
    },
  };
  const startedAt = performance.now();
  const id = await runtime.runPodSandbox(sandbox, '');
  try {
    const container = await runtime.createContainer(
      id,
      {
        metadata: { name: 'main', attempt: 0 },
        image: { image: sampleImageRef },
        command: ['/bin/sleep', '1000'],
        labels: {},
        annotations: {},
        logPath: 'main/0.log',
        linux: { securityContext: { namespaceOptions: { pid: 'CONTAINER' } } },
      },
      sandbox,
    );
    await runtime.startContainer(container);
    return performance.now() - startedAt;
  } finally {
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
    await untilQuiet(cri);
  }
}
