import { isConditionTrue, serviceCidrs } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import { formatIp, parseIpRange } from '../registry/core/ip-range.ts';
import type { Registry } from '../registry/registry.ts';
import { ensure } from './bootstrap.ts';

const ref = { name: 'kubernetes' };

/** The network from which services get addresses, as an object that clients can look up. */
export async function publishServiceCidr(
  registry: Pick<Registry, 'store'>,
  cidr: string,
  clock: Clock,
): Promise<void> {
  const store = registry.store(serviceCidrs);
  const network = `${formatIp(parseIpRange(cidr).first - 1)}/${cidr.split('/')[1] ?? ''}`;
  await ensure(store, { metadata: ref, spec: { cidrs: [network] } });
  await store.guaranteedUpdateStatus(ref, (current) =>
    isConditionTrue(current.status?.conditions, 'Ready')
      ? current
      : { ...current, status: { ...current.status, conditions: [readyAt(clock.now())] } },
  );
}

const readyAt = (now: number) => ({
  type: 'Ready',
  status: 'True',
  reason: '',
  message: 'Kubernetes default Service CIDR is ready',
  lastTransitionTime: formatTime(now),
});
