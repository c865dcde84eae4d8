import type { Outcome } from './probe-state.ts';

export interface ProbeResult {
  readonly outcome: Outcome;
  readonly output: string;
  /** Passed, with something to say. */
  readonly warning?: boolean;
}

/** Where on the network a probe goes. */
export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
}

export const passed = (output: string): ProbeResult => ({ outcome: 'success', output });
export const failed = (output: string): ProbeResult => ({ outcome: 'failure', output });
