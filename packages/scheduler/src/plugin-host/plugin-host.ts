import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { backoff } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { ClusterState } from '../cluster-state.ts';
import { fits, maxNodeScore } from '../framework.ts';
import type { Plugin } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';
import { changesSoFar } from './mirror-state.ts';
import type { Answer, Change, Loaded, Message, Point, Question } from './protocol.ts';

export interface PluginHostOptions {
  /** As the configuration calls the plugin. */
  readonly name: string;
  /** URL of the module. */
  readonly module: string;
  readonly config: unknown;
  readonly timeoutMs: number;
  readonly state: ClusterState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onExecuted?: (
    plugin: string,
    point: Point,
    status: 'Success' | 'Error',
    ms: number,
  ) => void;
}

/**
 * A plugin that is code of the user's, in a thread of its own with a copy of the cluster's state. A function cannot
 * be interrupted, a thread can: whoever asks waits for `timeoutMs` at most, then the thread is ended and the question
 * fails. Until another thread is up, which takes longer every time that it happens again, questions fail at once.
 */
export interface PluginHost {
  /** Throws when asked for something that the plugin fails to answer in time. */
  readonly plugin: Plugin;
  /** Has to be told of every change of the state. */
  changed(change: Change): void;
  close(): Promise<void>;
}

/** Copying what happened since the last question is not the plugin's fault. */
const backlogMs = 5_000;
const loadMs = 30_000;
const restarts = { initialMs: 500, maxMs: 30_000 };
const memoryMiB = 512;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly through: Int32Array;
  sent: number;
}

/** Resolves when the plugin is loaded; rejects when it cannot be. */
export async function startPluginHost(options: PluginHostOptions): Promise<PluginHost> {
  const { name, timeoutMs, state, clock, logger, onExecuted } = options;
  let thread: Thread | undefined;
  let why = 'it is being started';
  let failures = 0;
  let closed = false;

  const send = (to: Thread, message: Message) => {
    to.port.postMessage(message);
    to.sent += 1;
  };
  const start = async (): Promise<Extract<Loaded, { readonly kind: 'loaded' }>> => {
    const { started, loaded } = startThread(options);
    const said = await within(clock, loadMs, loaded);
    if (said?.kind !== 'loaded') {
      await started.worker.terminate();
      throw new Error(`plugin ${JSON.stringify(name)}: ${said?.message ?? 'did not load in time'}`);
    }
    started.worker.on('error', (err) => lost(started, err.message));
    started.worker.on('exit', () => lost(started, 'its thread ended'));
    for (const change of changesSoFar(state)) send(started, change);
    if (closed) await started.worker.terminate();
    else thread = started;
    return said;
  };
  const lost = (gone: Thread, reason: string) => {
    if (thread !== gone || closed) return;
    thread = undefined;
    why = reason;
    logger.error('Ended a plugin', { plugin: name, reason });
    void gone.worker.terminate();
    restart();
  };
  const restart = () => {
    const ms = backoff(failures++, restarts, () => 0);
    clock.after(ms, () => {
      if (closed) return;
      start().catch((err: unknown) => {
        logger.error('Could not start a plugin again', { plugin: name, err });
        restart();
      });
    });
  };
  /** Waits until the thread is through with everything that was sent up to a message; false when it takes longer. */
  const awaitProgress = ({ through }: Thread, upTo: number, ms: number): boolean => {
    const until = clock.monotonic() + ms;
    for (;;) {
      const done = Atomics.load(through, 0);
      if (done >= upTo) return true;
      const left = until - clock.monotonic();
      if (left <= 0) return false;
      Atomics.wait(through, 0, done, left);
    }
  };
  const answerOf = (question: Question): Answer => {
    const asked = thread;
    if (!asked) throw new Error(`the plugin is not running: ${why}`);
    send(asked, question);
    if (!awaitProgress(asked, asked.sent - 1, backlogMs)) {
      lost(asked, 'it did not take in what happened in the cluster');
    } else if (!awaitProgress(asked, asked.sent, timeoutMs)) {
      lost(asked, `it did not answer within ${timeoutMs}ms`);
    }
    const received = receiveMessageOnPort(asked.port) as { readonly message: Answer } | undefined;
    if (!received) throw new Error(why);
    failures = 0;
    return received.message;
  };
  const ask = <K extends Answer['kind']>(
    point: Point,
    question: Question,
    kind: K,
  ): Extract<Answer, { readonly kind: K }> => {
    const began = clock.monotonic();
    let status: 'Success' | 'Error' = 'Error';
    try {
      const answer = answerOf(question);
      if (answer.kind === 'error') throw new Error(answer.message);
      if (answer.kind !== kind) throw new Error('it answered something else');
      status = 'Success';
      return answer as Extract<Answer, { readonly kind: K }>;
    } catch (err) {
      const message = err instanceof Error ? err.message : String(err);
      throw new Error(`running ${point} plugin ${JSON.stringify(name)}: ${message}`, {
        cause: err,
      });
    } finally {
      onExecuted?.(name, point, status, clock.monotonic() - began);
    }
  };

  const { points, normalizes } = await start();
  return {
    plugin: pluginOf(name, points, normalizes, ask),
    changed(change) {
      if (thread) send(thread, change);
    },
    async close() {
      closed = true;
      await thread?.worker.terminate();
    },
  };
}

type Ask = <K extends Answer['kind']>(
  point: Point,
  question: Question,
  kind: K,
) => Extract<Answer, { readonly kind: K }>;

function pluginOf(name: string, points: readonly Point[], normalizes: boolean, ask: Ask): Plugin {
  const checked = (score: number): number => {
    if (Number.isInteger(score) && score >= 0 && score <= maxNodeScore) return score;
    throw new Error(
      `plugin ${JSON.stringify(name)} returns an invalid score ${score}, it should in the range of [0, ${maxNodeScore}] after normalizing`,
    );
  };
  const prepare = ({ pod }: PodInfo) => {
    const { answer } = ask('Score', { kind: 'score', pod }, 'scores');
    if (!answer) return undefined;
    const read = normalizes ? (score: number) => score : checked;
    return ({ index }: { readonly index: number }) => read(answer[index] ?? 0);
  };
  const normalize = (scores: number[]) => {
    const { answer } = ask('Score', { kind: 'normalize', scores }, 'normalized');
    for (const i of scores.keys()) scores[i] = checked(answer[i] ?? Number.NaN);
  };
  return {
    name,
    ...(points.includes('Filter') && {
      filter({ pod }) {
        const { answer } = ask('Filter', { kind: 'filter', pod }, 'verdicts');
        return answer && (({ index }) => answer.verdicts[answer.codes[index] ?? 0] ?? fits);
      },
    }),
    ...(points.includes('Score') && { score: { prepare, ...(normalizes && { normalize }) } }),
  };
}

function startThread({ module, config }: PluginHostOptions) {
  const { port1, port2 } = new MessageChannel();
  const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { module, config, port: port2, progress },
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
  });
  worker.unref();
  const started: Thread = { worker, port: port1, through: new Int32Array(progress), sent: 0 };
  const loaded = new Promise<Loaded>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (err) => resolve({ kind: 'failed', message: err.message }));
    worker.once('exit', () => resolve({ kind: 'failed', message: 'its thread ended' }));
  });
  return { started, loaded };
}

const within = <T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(undefined));
    work.then(resolve, reject).finally(cancel);
  });
