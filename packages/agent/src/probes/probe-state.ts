import type { Probe } from '@berth/api';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** What one run of a probe says; `unknown` is a run that said nothing and changes nothing. */
export type Outcome = 'success' | 'failure' | 'unknown';

/** Where a probe of one running container stands. */
export interface ProbeState {
  /** Absent for a startup probe that has not decided yet. */
  readonly verdict: 'success' | 'failure' | undefined;
  readonly last: Outcome | undefined;
  /** How many runs in a row gave `last`. */
  readonly run: number;
  /** Nothing more to find out until the container is another one. */
  readonly held: boolean;
}

const initial: Readonly<Record<ProbeKind, ProbeState['verdict']>> = {
  startup: undefined,
  liveness: 'success',
  readiness: 'failure',
};

export const initialState = (kind: ProbeKind): ProbeState => ({
  verdict: initial[kind],
  last: undefined,
  run: 0,
  held: false,
});

/** The state after one more run: the verdict turns when enough runs in a row agree. */
export function observe(
  state: ProbeState,
  kind: ProbeKind,
  { failureThreshold = 3, successThreshold = 1 }: Probe,
  outcome: Outcome,
): ProbeState {
  if (outcome === 'unknown') return state;
  const run = state.last === outcome ? state.run + 1 : 1;
  const needed = outcome === 'success' ? successThreshold : failureThreshold;
  if (run < needed) return { ...state, last: outcome, run };
  const held = kind === 'startup' || (kind === 'liveness' && outcome === 'failure');
  return { verdict: outcome, last: outcome, run: held ? 0 : run, held };
}

/** Which probes of a container have their turn: startup alone until it has succeeded, then the others. */
export const hasTurn = (kind: ProbeKind, started: boolean): boolean =>
  kind === 'startup' ? !started : started;
