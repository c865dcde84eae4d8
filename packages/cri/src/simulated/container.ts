import { posix } from 'node:path';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { CriError } from '../cri.ts';
import type {
  ContainerConfig,
  ContainerEvent,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  PodSandboxConfig,
} from '../cri.ts';
import type { Behaviour } from './behaviour.ts';
import type { LogFile, OpenLog } from './log-file.ts';
import { createFiles } from './programs/files.ts';
import { createClosedPipe, createPipe } from './programs/pipe.ts';
import type { Pipe } from './programs/pipe.ts';
import { killed } from './programs/process.ts';
import type { OutputStream, Process } from './programs/process.ts';
import { containerProgram, findProgram } from './programs/programs.ts';
import { aborted } from './programs/shell.ts';
import { usageAt, usedUntil } from './usage.ts';

export interface ContainerOptions {
  readonly id: string;
  readonly sandboxId: string;
  readonly imageRef: string;
  readonly config: ContainerConfig;
  readonly sandboxConfig: PodSandboxConfig;
  readonly behaviour: Behaviour;
  readonly clock: Clock;
  readonly emit: (type: ContainerEvent['type']) => void;
  readonly openLog: OpenLog;
}

export type Output = (stream: OutputStream, data: Uint8Array) => void;

export interface SimulatedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly imageRef: string;
  readonly createdAt: number;
  state(): ContainerState;
  status(): ContainerStatus;
  /** Undefined when it does not run. */
  stats(): ContainerStats | undefined;
  start(): Promise<void>;
  /** Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
  /** Whether something answers on its ports now. */
  answers(): boolean;
  /** Starts a program beside its own; resolves to the exit code. Rejects when it does not run or has no such program. */
  execute(args: readonly string[], io: ExecIo): Promise<number>;
  /** Hands over its output from now on, until the returned function is called. */
  attach(output: Output): () => void;
  readonly stdin: Pipe;
  readonly ended: Promise<void>;
}

interface ExecIo {
  readonly output: Output;
  readonly stdin: Pipe;
  readonly kill: AbortSignal;
}

const nano = 1e6;

export function createContainer(options: ContainerOptions): SimulatedContainer {
  const { id, sandboxId, imageRef, config, sandboxConfig, behaviour, clock, emit } = options;
  const command = [...(config.command ?? []), ...(config.args ?? [])];
  const { program, isServer } = containerProgram(behaviour, command);
  const logPath = posix.join(sandboxConfig.logDirectory, config.logPath);
  const createdAt = clock.now() * nano;
  const term = new AbortController();
  const kill = new AbortController();
  const listeners = new Set<Output>();
  const stdin = config.stdin ? createPipe() : createClosedPipe();
  const files = createFiles(config.mounts ?? []);
  let state: ContainerState = 'CONTAINER_CREATED';
  let startedAt = 0;
  let finishedAt = 0;
  let end = { code: 0, reason: '', message: '' };
  let starting = false;
  let log: LogFile | undefined;
  let markEnded = () => {};
  const ended = new Promise<void>((resolve) => (markEnded = resolve));

  const processOf = (args: readonly string[], io: ExecIo, signals: AbortSignal): Process => ({
    args,
    env: Object.fromEntries((config.envs ?? []).map(({ key, value }) => [key, value])),
    cwd: config.workingDir || '/',
    hostname: sandboxConfig.hostname ?? '',
    files,
    clock,
    stdin: io.stdin,
    write: (stream, data) =>
      io.output(
        config.tty ? 'stdout' : stream,
        typeof data === 'string' ? Buffer.from(data) : data,
      ),
    term: signals,
    kill: io.kill,
  });

  const output: Output = (stream, data) => {
    if (kill.signal.aborted) return;
    log?.write(stream, data);
    for (const listener of listeners) listener(stream, data);
  };

  async function finish(code: number, reason: string, message = ''): Promise<void> {
    const at = clock.now() * nano;
    kill.abort();
    stdin.end();
    await log?.end();
    state = 'CONTAINER_EXITED';
    finishedAt = at;
    end = { code, reason, message };
    emit('STOPPED');
    markEnded();
  }

  async function run(): Promise<void> {
    const io = { output, stdin, kill: kill.signal };
    if (behaviour.logs !== undefined) output('stdout', Buffer.from(`${behaviour.logs}\n`));
    const own = program(processOf(command, io, term.signal)).catch((err: unknown) => {
      output('stderr', Buffer.from(`${String(err)}\n`));
      return 1;
    });
    const code = await Promise.race([own, aborted(kill.signal).then(() => killed)]);
    const oom = behaviour.exit?.oom === true && !kill.signal.aborted && !term.signal.aborted;
    await finish(code, oom ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error');
  }

  const isRunning = () => state === 'CONTAINER_RUNNING';
  const ageMs = () => clock.now() - startedAt / nano;

  return {
    id,
    sandboxId,
    config,
    imageRef,
    createdAt,
    stdin,
    ended,
    state: () => state,
    status: () => ({
      id,
      metadata: config.metadata,
      state,
      createdAt,
      startedAt,
      finishedAt,
      exitCode: end.code,
      image: config.image,
      imageRef,
      reason: end.reason,
      message: end.message,
      labels: config.labels,
      annotations: config.annotations,
      mounts: config.mounts ?? [],
      logPath,
    }),

    stats() {
      if (!isRunning()) return undefined;
      const timestamp = clock.now() * nano;
      const { metadata, labels, annotations } = config;
      const used = usedUntil(behaviour.cpu, ageMs());
      return {
        attributes: { id, metadata, labels, annotations },
        cpu: { timestamp, usageCoreNanoSeconds: Math.round(used * 1e9) },
        memory: { timestamp, workingSetBytes: Math.round(usageAt(behaviour.memory, ageMs())) },
        writableLayer: { usedBytes: 0, inodesUsed: 0 },
      };
    },

    async start() {
      if (state !== 'CONTAINER_CREATED' || starting) {
        throw new CriError('Unknown', `container is in ${state} state`);
      }
      starting = true;
      if (behaviour.startDelayMs > 0) await sleep(clock, behaviour.startDelayMs, kill.signal);
      if (behaviour.startError !== undefined || kill.signal.aborted) {
        const message = `failed to create containerd task: ${behaviour.startError ?? 'killed'}`;
        await finish(128, 'StartError', message);
        throw new CriError('Unknown', message);
      }
      log = await options.openLog(logPath);
      state = 'CONTAINER_RUNNING';
      startedAt = clock.now() * nano;
      emit('STARTED');
      void run();
    },

    async stop(graceMs) {
      if (state === 'CONTAINER_EXITED' || (state === 'CONTAINER_CREATED' && !starting)) return;
      term.abort();
      const enough = new AbortController();
      const gone = ended.then(() => enough.abort());
      if (graceMs > 0) await sleep(clock, graceMs, enough.signal);
      kill.abort();
      await gone;
    },

    answers: () => isRunning() && isServer && ageMs() >= behaviour.readyAfterMs,

    async execute(args, io) {
      if (!isRunning()) throw new CriError('Unknown', `container is in ${state} state`);
      const found = findProgram(args);
      if (!found) {
        const name = JSON.stringify(args[0] ?? '');
        throw new CriError('Unknown', `exec: ${name}: not a program of a simulated container`);
      }
      // Not AbortSignal.any: what it makes lives as long as the container.
      const own = new AbortController();
      const end = () => own.abort();
      const signals = [io.kill, kill.signal];
      for (const signal of signals) signal.addEventListener('abort', end);
      if (io.kill.aborted) end();
      try {
        const process = processOf(args, { ...io, kill: own.signal }, neverAborted);
        return await Promise.race([found(process), aborted(own.signal).then(() => killed)]);
      } finally {
        for (const signal of signals) signal.removeEventListener('abort', end);
        // What it left in the background goes with it.
        end();
      }
    },

    attach(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const neverAborted = new AbortController().signal;
