import { CriError } from '@berth/cri';
import type { RuntimeService } from '@berth/cri';

import { failed } from './probe-result.ts';
import type { ProbeResult } from './probe-result.ts';

const maxOutput = 10 * 1024;

/** Runs a command in the container: 0 is success. Rejects when the runtime cannot run it. */
export async function probeExec(
  runtime: RuntimeService,
  id: string,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<ProbeResult> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(id, command, timeoutSeconds);
    const output = Buffer.concat([stdout, stderr]).subarray(0, maxOutput).toString('utf8');
    return { outcome: exitCode === 0 ? 'success' : 'failure', output };
  } catch (err) {
    if (!(err instanceof CriError) || err.reason !== 'DeadlineExceeded') throw err;
    return failed(`command timed out: "${command.join(' ')}" timed out after ${timeoutSeconds}s`);
  }
}
