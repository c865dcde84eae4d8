import { CriError } from '../cri.ts';
import type { Labels } from '../cri.ts';
import { parseDuration } from './duration.ts';
import { parseUsage } from './usage.ts';
import type { Usage } from './usage.ts';

/**
 * How a simulated container behaves; absent parts leave it to its command. Each is an annotation of the pod,
 * `simulate.berth.dev/<key>` for all its containers or `simulate.berth.dev/<key>.<container>` for one:
 *
 * | key            | example          | meaning |
 * | -------------- | ---------------- | ------- |
 * | `start-delay`  | `2s`             | how long StartContainer takes |
 * | `start-error`  | `exec format`    | why StartContainer fails |
 * | `exit-after`   | `30s`            | ends by itself, this long after its start |
 * | `exit-code`    | `1`              | with this code; alone it ends at once |
 * | `oom-after`    | `10s`            | is killed for its memory |
 * | `ready-after`  | `5s`             | answers on its ports only then |
 * | `stop-delay`   | `3s`             | how long it takes to end after SIGTERM |
 * | `ignore-term`  | `true`           | ends by SIGKILL only |
 * | `cpu`          | `100m, 2@30s`    | CPU in use, from the start and from 30 s on |
 * | `memory`       | `64Mi, 1Gi@5m`   | memory in use |
 * | `logs`         | `hello`          | what it writes when it starts |
 *
 * `sandbox-error` fails RunPodSandbox, `pull-error` and `pull-delay` are about PullImage; they have no container.
 */
export interface Behaviour {
  readonly startDelayMs: number;
  readonly startError?: string;
  readonly exit?: { readonly afterMs: number; readonly code: number; readonly oom: boolean };
  readonly readyAfterMs: number;
  readonly stopDelayMs: number;
  readonly ignoreTerm: boolean;
  readonly cpu: Usage;
  readonly memory: Usage;
  readonly logs?: string;
}

const prefix = 'simulate.berth.dev/';

/** What an idle process uses. */
const idle = { cpu: '1m', memory: '8Mi' };

/** One setting of a pod, or of one of its containers; `defaults` hold keys without the prefix. */
export const readSetting = (
  annotations: Labels,
  key: string,
  { container, defaults = {} }: { readonly container?: string; readonly defaults?: Labels } = {},
): string | undefined =>
  (container === undefined ? undefined : annotations[`${prefix}${key}.${container}`]) ??
  annotations[`${prefix}${key}`] ??
  defaults[key];

/** Throws InvalidArgument with the key of what it cannot read. */
export function readBehaviour(annotations: Labels, container: string, defaults: Labels): Behaviour {
  const text = (key: string) => readSetting(annotations, key, { container, defaults });
  const duration = (key: string) => read(key, text(key), parseDuration);
  const startError = text('start-error');
  const logs = text('logs');
  const exit = readExit(
    duration('exit-after'),
    read('exit-code', text('exit-code'), parseExitCode),
  );
  const oomAfter = duration('oom-after');
  return {
    startDelayMs: duration('start-delay') ?? 0,
    ...(startError !== undefined && { startError }),
    ...(exit && { exit }),
    ...(oomAfter !== undefined && { exit: { afterMs: oomAfter, code: 137, oom: true } }),
    readyAfterMs: duration('ready-after') ?? 0,
    stopDelayMs: duration('stop-delay') ?? 0,
    ignoreTerm: text('ignore-term') === 'true',
    cpu: read('cpu', text('cpu') ?? idle.cpu, parseUsage) ?? [],
    memory: read('memory', text('memory') ?? idle.memory, parseUsage) ?? [],
    ...(logs !== undefined && { logs }),
  };
}

const readExit = (afterMs: number | undefined, code: number | undefined): Behaviour['exit'] =>
  afterMs === undefined && code === undefined
    ? undefined
    : { afterMs: afterMs ?? 0, code: code ?? 0, oom: false };

export function read<T>(
  key: string,
  text: string | undefined,
  parse: (text: string) => T | undefined,
): T | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new CriError(
    'InvalidArgument',
    `${prefix}${key}: ${JSON.stringify(text)} is not understood`,
  );
}

const parseExitCode = (text: string): number | undefined =>
  /^\d{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : undefined;
