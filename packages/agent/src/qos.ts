import { asNumber, parseQuantity } from '@berth/api';
import type { Pod, ResourceRequirements } from '@berth/api';

import { containersOf } from './pod-spec.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

type Amounts = ResourceRequirements['limits'];

const amount = (amounts: Amounts, resource: string) =>
  asNumber(parseQuantity(amounts?.[resource] ?? '0'));

/** How well a pod is protected when resources run out, as upstream sorts pods by requests and limits. */
export function qosClass(pod: Pod): QosClass {
  const { resources } = pod.spec;
  const isSet = (r: ResourceRequirements | undefined) =>
    counted.some((name) => amount(r?.requests, name) > 0 || amount(r?.limits, name) > 0);
  const wholePod = isSet(resources) ? [resources] : undefined;
  const all =
    wholePod ??
    containersOf(pod)
      .filter(({ kind }) => kind !== 'ephemeral')
      .map(({ container }) => container.resources);
  if (!all.some(isSet)) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

const isGuaranteed = (r: ResourceRequirements | undefined): boolean =>
  counted.every((name) => {
    const limit = amount(r?.limits, name);
    const request = r?.requests?.[name] === undefined ? limit : amount(r.requests, name);
    return limit > 0 && request === limit;
  });
