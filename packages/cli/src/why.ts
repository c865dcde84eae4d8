import { findCondition } from '@berth/api';
import type { Event, Pod } from '@berth/api';
import { inOrder } from './describe/events.ts';
import { troubleOf, troubleText } from './rollout/pod-trouble.ts';

/** One thing that keeps a pod from working, and what may be done about it. */
interface Cause {
  readonly what: string;
  /** Single reasons, most widespread first. */
  readonly details: readonly string[];
  readonly advice?: string;
}

export interface Explanation {
  readonly summary: string;
  readonly causes: readonly Cause[];
}

/** Why a pod is not ready, from its conditions, its containers and what happened to it. */
export function explainPod(pod: Pod, events: readonly Event[]): Explanation {
  const { metadata, status } = pod;
  const name = `pod ${metadata.name}`;
  if (metadata.deletionTimestamp) {
    const held = (metadata.finalizers ?? []).map(
      (finalizer) => `it waits for finalizer ${finalizer}`,
    );
    return {
      summary: `${name} is being deleted`,
      causes: held.map((what) => ({ what, details: [] })),
    };
  }
  if (status?.phase === 'Succeeded') return { summary: `${name} has completed`, causes: [] };
  if (findCondition(status?.conditions, 'Ready')?.status === 'True') {
    return { summary: `${name} is ready`, causes: [] };
  }
  const cause =
    placement(pod) ?? ownTrouble(pod) ?? mounting(pod, events) ?? readiness(pod, events);
  const summary = `${name} is ${status?.phase ?? 'Pending'} and not ready`;
  return { summary, causes: cause ? [cause] : [waiting(pod)] };
}

function placement({ spec, status }: Pod): Cause | undefined {
  const scheduled = findCondition(status?.conditions, 'PodScheduled');
  if (spec.nodeName || scheduled?.status === 'True') return undefined;
  const gates = (spec.schedulingGates ?? []).map((gate) => gate.name);
  if (gates.length > 0) {
    return { what: 'it is held back by scheduling gates', details: gates };
  }
  if (scheduled?.status !== 'False') {
    return {
      what: 'no scheduler has looked at it yet',
      details: [],
      advice: `is a scheduler named ${JSON.stringify(spec.schedulerName ?? 'default-scheduler')} running?`,
    };
  }
  const { intro, reasons } = parseSchedulingMessage(scheduled.message ?? '');
  const advice = reasons.map(adviceFor).find(Boolean);
  return {
    what: `no node takes it: ${intro}`,
    details: reasons,
    ...(advice !== undefined && { advice }),
  };
}

/** `0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu. preemption: …`, taken apart. */
export function parseSchedulingMessage(message: string): {
  readonly intro: string;
  readonly reasons: readonly string[];
} {
  const match = /^(\d+\/\d+ nodes are available): (.*?)\.?(?:\s+preemption: .*)?$/s.exec(message);
  if (!match) return { intro: message || 'no reason was given', reasons: [] };
  const [, intro = '', list = ''] = match;
  const reasons = list.split(/, (?=\d+ )/).filter(Boolean);
  const countOf = (reason: string) => Number(/^\d+/.exec(reason)?.[0] ?? 0);
  return { intro, reasons: reasons.toSorted((a, b) => countOf(b) - countOf(a)) };
}

const advices: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/Insufficient (\S+)/, 'ask for less of it in resources.requests, free some, or add a node'],
  [/Too many pods/, 'add a node, or remove pods: a node takes only so many'],
  [/untolerated taint/, 'add a toleration, or take the taint away: berth describe node NAME'],
  [/were unschedulable/, 'let pods onto the node again: berth uncordon NAME'],
  [
    /node affinity|node selector/,
    'compare nodeSelector and affinity with: berth get nodes --show-labels',
  ],
  [/free ports/, 'two pods cannot have the same hostPort on one node'],
  [/topology spread/, 'relax topologySpreadConstraints, or add nodes in other zones'],
  [/anti-affinity|pod affinity/, 'no node suits its podAffinity or podAntiAffinity'],
];

const adviceFor = (reason: string): string | undefined =>
  advices.find(([pattern]) => pattern.test(reason))?.[1];

const troubleAdvice: Readonly<Record<string, string>> = {
  CrashLoopBackOff: 'its last words: berth logs --previous POD',
  ImagePullBackOff:
    'is the image name right, and does the node have it? berth load FILE puts one there',
  ErrImagePull:
    'is the image name right, and does the node have it? berth load FILE puts one there',
  ErrImageNeverPull: 'imagePullPolicy is Never: put the image there with berth load FILE',
  CreateContainerConfigError: 'a ConfigMap or Secret that it names is missing, or a key in it',
};

function ownTrouble(pod: Pod): Cause | undefined {
  const trouble = troubleOf(pod);
  if (!trouble) return undefined;
  const advice = troubleAdvice[trouble.reason];
  return {
    what: troubleText(trouble).replace(/^pod [^:]+: /, ''),
    details: [],
    ...(advice !== undefined && { advice: advice.replace('POD', pod.metadata.name) }),
  };
}

const newest = (events: readonly Event[], reasons: readonly string[]) =>
  inOrder(events)
    .filter(({ reason }) => reason !== undefined && reasons.includes(reason))
    .at(-1);

function mounting({ status }: Pod, events: readonly Event[]): Cause | undefined {
  const isStarted = status?.containerStatuses?.some(({ state }) => state?.running);
  const failed = newest(events, ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']);
  if (isStarted || !failed) return undefined;
  return {
    what: `its node cannot prepare it: ${failed.reason ?? ''}`,
    details: [failed.message ?? ''],
  };
}

function readiness({ status }: Pod, events: readonly Event[]): Cause | undefined {
  const unready = (status?.containerStatuses ?? []).filter(
    ({ ready, state }) => !ready && state?.running,
  );
  if (unready.length === 0) return undefined;
  const failed = newest(events, ['Unhealthy']);
  return {
    what: `running but not ready: ${unready.map(({ name }) => name).join(', ')}`,
    details: failed?.message ? [failed.message] : [],
  };
}

function waiting({ status }: Pod): Cause {
  const reasons = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    .filter(({ state }) => state?.waiting)
    .map(({ name, state }) => `${name}: ${state?.waiting?.reason ?? 'waiting'}`);
  return { what: 'it is on its way', details: reasons };
}
