import type { LifecycleHandler } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { RuntimeService } from '@berth/cri';

import { probeHttp } from './probes/http.ts';
import { portOf } from './probes/probe-runner.ts';
import type { SpecContainer } from './pod-spec.ts';

interface HookRequest {
  readonly handler: LifecycleHandler;
  readonly spec: SpecContainer;
  readonly containerId: string;
  readonly podIp: string;
  /** 0 for as long as it takes. */
  readonly timeoutSeconds: number;
}

/** Runs a postStart or preStop handler to its end; rejects when it failed. */
export type HookRunner = (request: HookRequest, signal: AbortSignal) => Promise<void>;

export const createHookRunner =
  (runtime: RuntimeService, clock: Clock): HookRunner =>
  async ({ handler, spec, containerId, podIp, timeoutSeconds }, signal) => {
    const { exec, httpGet, sleep: nap } = handler;
    if (exec) {
      const command = exec.command ?? [];
      const { exitCode } = await runtime.execSync(containerId, command, timeoutSeconds, signal);
      if (exitCode !== 0) {
        throw new Error(`command '${command.join(' ')}' exited with ${exitCode}`);
      }
    } else if (httpGet) {
      const port = portOf(spec.container, httpGet.port);
      if (port === undefined) throw new Error(`couldn't find port: ${httpGet.port}`);
      const target = { host: httpGet.host || podIp, port };
      const { outcome, output } = await probeHttp(httpGet, target, signal);
      // Whatever the answer is, an answer is enough.
      if (outcome !== 'success' && !output.startsWith('HTTP probe failed')) throw new Error(output);
    } else if (nap) await sleep(clock, nap.seconds * 1000, signal);
    else throw new Error('invalid handler');
  };
