import type { ContainerStatus, Pod, Probe } from '@berth/api';
import type { Clock } from '@berth/component-base';

import type { Health } from '../container-statuses.ts';
import type { PodEvents } from '../pod-events.ts';
import type { ContainerProbes } from '../pod-plan.ts';
import { addressesOf } from '../pod-runtime.ts';
import type { ContainerInfo, PodRuntimeStatus } from '../pod-runtime.ts';
import { findContainer } from '../pod-spec.ts';
import type { SpecContainer } from '../pod-spec.ts';
import { textOf } from '../start-error.ts';
import { hasTurn, initialState, observe } from './probe-state.ts';
import type { ProbeKind, ProbeState } from './probe-state.ts';
import { failed } from './probe-result.ts';
import type { ProbeResult } from './probe-result.ts';
import type { ProbeRunner } from './probe-runner.ts';

/** Probes the running containers of pods, each at its own pace. */
export interface Prober {
  /**
   * Probes what runs now and nothing else. A container met for the first time that `known` has a status of (it ran
   * before this agent did) starts with what that says. While a pod is `ending` only its readiness counts.
   */
  follow(
    pod: Pod,
    runtime: PodRuntimeStatus,
    known: readonly ContainerStatus[],
    ending: boolean,
  ): void;
  /** By container id. */
  verdicts(uid: string): ReadonlyMap<string, ContainerProbes>;
  healthOf(uid: string, container: ContainerInfo): Health;
  forget(uid: string): void;
}

export interface ProberOptions {
  readonly run: ProbeRunner;
  readonly clock: Clock;
  readonly events: PodEvents;
  /** Where pods on the node's network are reached. */
  readonly hostIps: readonly string[];
  /** A verdict turned: the pod should be looked at. */
  readonly onChange: (uid: string) => void;
}

interface Target {
  pod: Pod;
  podIp: string;
  readonly spec: SpecContainer;
  readonly info: ContainerInfo;
  readonly probes: Map<ProbeKind, Running>;
}

interface Running {
  readonly probe: Probe;
  state: ProbeState;
  cancel: () => void;
}

export function createProber(options: ProberOptions): Prober {
  const { run, clock, events, hostIps, onChange } = options;
  const pods = new Map<string, Map<string, Target>>();

  const isStarted = ({ probes }: Target) => {
    const startup = probes.get('startup');
    return !startup || startup.state.verdict === 'success';
  };

  const schedule = (target: Target, kind: ProbeKind, delayMs: number) => {
    const running = target.probes.get(kind);
    if (!running || running.state.held) return;
    running.cancel();
    running.cancel = clock.after(delayMs, () => void probe(target, kind, running));
  };

  const begin = (target: Target, kind: ProbeKind) => {
    const { initialDelaySeconds = 0 } = target.probes.get(kind)?.probe ?? {};
    const age = clock.now() - target.info.startedAt;
    schedule(target, kind, Math.max(0, initialDelaySeconds * 1000 - age));
  };

  const probe = async (target: Target, kind: ProbeKind, running: Running) => {
    if (!hasTurn(kind, isStarted(target))) return;
    const began = clock.monotonic();
    const stop = new AbortController();
    running.cancel = () => stop.abort();
    const result = await runOnce(target, running.probe, stop);
    if (stop.signal.reason === timedOut || !stop.signal.aborted) {
      settle(target, kind, running, result);
      const { periodSeconds = 10 } = running.probe;
      const elapsed = clock.monotonic() - began;
      schedule(target, kind, Math.max(0, periodSeconds * 1000 - elapsed));
    }
  };

  const runOnce = async (target: Target, probe: Probe, stop: AbortController) => {
    const { spec, info, podIp } = target;
    const request = { probe, container: spec.container, containerId: info.id, podIp };
    const cancel = clock.after((probe.timeoutSeconds ?? 1) * 1000, () => stop.abort(timedOut));
    try {
      return await run(request, stop.signal);
    } catch (err) {
      if (stop.signal.reason === timedOut) return failed('probe timed out');
      return { outcome: 'unknown' as const, output: textOf(err) };
    } finally {
      cancel();
    }
  };

  const settle = (target: Target, kind: ProbeKind, running: Running, result: ProbeResult) => {
    report(events, target, kind, result);
    const before = running.state;
    running.state = observe(before, kind, running.probe, result.outcome);
    if (before.verdict === running.state.verdict) return;
    if (kind === 'startup' && running.state.verdict === 'success') {
      begin(target, 'liveness');
      begin(target, 'readiness');
    }
    onChange(target.pod.metadata.uid);
  };

  const meet = (
    pod: Pod,
    podIp: string,
    info: ContainerInfo,
    known: ContainerStatus | undefined,
  ): Target | undefined => {
    const spec = findContainer(pod, info.name);
    if (!spec) return undefined;
    const { startupProbe, livenessProbe, readinessProbe } = spec.container;
    const declared: readonly (readonly [ProbeKind, Probe | undefined])[] = [
      ['startup', startupProbe],
      ['liveness', livenessProbe],
      ['readiness', readinessProbe],
    ];
    const probes = new Map(
      declared.flatMap(([kind, probe]) =>
        probe ? [[kind, { probe, state: adopted(kind, known), cancel: () => undefined }]] : [],
      ),
    );
    return { pod, podIp, spec, info, probes };
  };

  const drop = ({ probes }: Target) => {
    for (const { cancel } of probes.values()) cancel();
  };

  return {
    follow(pod, runtime, known, ending) {
      const { uid } = pod.metadata;
      const old = pods.get(uid) ?? new Map<string, Target>();
      const [podIp = ''] = addressesOf(pod, runtime, hostIps);
      const fresh = new Map<string, Target>();
      const begun: Target[] = [];
      for (const info of runtime.containers.filter(({ state }) => state === 'running')) {
        const isKnown = ({ containerID }: ContainerStatus) => containerID?.endsWith(`//${info.id}`);
        const target = old.get(info.id) ?? meet(pod, podIp, info, known.find(isKnown));
        if (!target) continue;
        if (!old.has(info.id)) begun.push(target);
        target.pod = pod;
        target.podIp = podIp;
        fresh.set(info.id, target);
      }
      for (const [id, target] of old) if (!fresh.has(id)) drop(target);
      if (fresh.size > 0) pods.set(uid, fresh);
      else pods.delete(uid);
      for (const target of begun) for (const kind of target.probes.keys()) begin(target, kind);
      if (ending) for (const target of fresh.values()) keepReadiness(target);
    },
    verdicts(uid) {
      const targets = [...(pods.get(uid) ?? [])];
      return new Map(targets.map(([id, { probes }]) => [id, verdictsOf(probes)]));
    },
    healthOf(uid, { id }) {
      const target = pods.get(uid)?.get(id);
      if (!target) return { started: false, ready: false };
      const readiness = target.probes.get('readiness');
      return { started: isStarted(target), ready: readiness?.state.verdict !== 'failure' };
    },
    forget(uid) {
      for (const target of pods.get(uid)?.values() ?? []) drop(target);
      pods.delete(uid);
    },
  };
}

const timedOut = new Error('probe timed out');

const verdictsOf = (probes: Target['probes']): ContainerProbes => {
  const liveness = probes.get('liveness')?.state.verdict;
  const startup = probes.get('startup')?.state.verdict;
  return { ...(liveness && { liveness }), ...(startup && { startup }) };
};

/** A container that ran before the agent did keeps its good name until a probe says otherwise. */
function adopted(kind: ProbeKind, known: ContainerStatus | undefined): ProbeState {
  const fresh = initialState(kind);
  if (kind === 'startup' && known?.started) return { ...fresh, verdict: 'success', held: true };
  if (kind === 'readiness' && known?.ready) return { ...fresh, verdict: 'success' };
  return fresh;
}

/** An ending container is not restarted, so its other probes have nothing to say. */
function keepReadiness({ probes }: Target): void {
  for (const [kind, running] of probes) {
    if (kind === 'readiness') continue;
    running.cancel();
    running.state = { ...running.state, verdict: 'success', held: true };
  }
}

const titles: Readonly<Record<ProbeKind, string>> = {
  startup: 'Startup',
  liveness: 'Liveness',
  readiness: 'Readiness',
};

function report(
  events: PodEvents,
  { pod, spec }: Target,
  kind: ProbeKind,
  { outcome, output, warning }: ProbeResult,
): void {
  const tell = (reason: string, text: string) =>
    events.container(pod, spec, 'Warning', reason, `${titles[kind]} probe ${text}: ${output}`);
  if (warning) tell('ProbeWarning', 'warning');
  else if (outcome === 'failure') tell('Unhealthy', 'failed');
  else if (outcome === 'unknown') tell('Unhealthy', 'errored and resulted in unknown state');
}
