import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { CriError } from '../cri.ts';
import type { RuntimeService } from '../cri.ts';
import type { SimulatedContainer } from './container.ts';
import { createClosedPipe } from './programs/pipe.ts';

/** A command that says more is cut, as CRI asks for. */
const maxOutput = 16 << 20;

interface Limits {
  readonly clock: Clock;
  /** 0 waits for ever. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
}

export async function execSync(
  container: SimulatedContainer,
  command: readonly string[],
  { clock, timeoutSeconds, signal }: Limits,
): ReturnType<RuntimeService['execSync']> {
  const outputs = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const sizes = { stdout: 0, stderr: 0 };
  const kill = new AbortController();
  const cancel = () => kill.abort();
  signal?.addEventListener('abort', cancel);
  try {
    const running = container.execute(command, {
      output: (stream, data) => {
        const kept = data.subarray(0, maxOutput - sizes[stream]);
        sizes[stream] += kept.length;
        outputs[stream].push(kept);
      },
      stdin: createClosedPipe(),
      kill: kill.signal,
    });
    const exitCode = await within(clock, timeoutSeconds, running);
    if (signal?.aborted) throw new CriError('Unknown', 'exec was cancelled');
    const { stdout, stderr } = outputs;
    return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), exitCode };
  } finally {
    signal?.removeEventListener('abort', cancel);
    kill.abort();
  }
}

async function within(clock: Clock, seconds: number, running: Promise<number>): Promise<number> {
  if (seconds <= 0) return running;
  const done = new AbortController();
  const late = sleep(clock, seconds * 1000, done.signal).then(() => {
    if (done.signal.aborted) return 0;
    const message = `failed to exec in container: timeout ${seconds}s exceeded`;
    throw new CriError('DeadlineExceeded', message);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    done.abort();
  }
}
