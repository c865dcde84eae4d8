import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { RuntimeCondition, RuntimeService } from '@berth/cri';

/** Whether the runtime can run pods, asked for now and then. */
export interface RuntimeHealth {
  check(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
  /** What keeps the node from being ready; empty when nothing does. */
  problems(): readonly string[];
  /** Why pods cannot get a network; undefined when they can. */
  networkProblem(): string | undefined;
}

const intervalMs = 5000;
/** Pods wait for a runtime that is not ready. */
const impatientMs = 200;

export function createRuntimeHealth(
  runtime: RuntimeService,
  clock: Clock,
  onChange: () => void,
): RuntimeHealth {
  let down: string | undefined = 'container runtime status check may not have completed yet';
  let network: string | undefined = down;

  const problems = () => [
    ...(down ? [down] : []),
    ...(network && network !== down ? [network] : []),
  ];

  const check = async (): Promise<void> => {
    const before = problems().join();
    try {
      const { conditions } = await runtime.status();
      down = problemOf(conditions, 'RuntimeReady', 'container runtime not ready');
      network = problemOf(conditions, 'NetworkReady', 'container runtime network not ready');
    } catch {
      down = 'container runtime is down';
      network = down;
    }
    if (before !== problems().join()) onChange();
  };

  return {
    check,
    async run(signal) {
      while (!signal.aborted) {
        await check();
        await sleep(clock, problems().length === 0 ? intervalMs : impatientMs, signal);
      }
    },
    problems,
    networkProblem: () => network,
  };
}

function problemOf(
  conditions: readonly RuntimeCondition[],
  type: string,
  what: string,
): string | undefined {
  const condition = conditions.find((candidate) => candidate.type === type);
  if (condition?.status) return undefined;
  const { reason = '', message = '' } = condition ?? {};
  return `${what}: ${type}=false reason:${reason} message:${message}`;
}
