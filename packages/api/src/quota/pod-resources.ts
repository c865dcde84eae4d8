import type { Container, Pod, PodSpec } from '../gen/types.ts';
import { addAmounts, mostAmounts, onlyAmounts, parseAmounts } from './amounts.ts';
import type { Amounts } from './amounts.ts';

type Kind = 'requests' | 'limits';

/**
 * What a pod asks for: the sum of its containers and of the init containers that stay, or the peak while it starts
 * where that is higher; what the pod says as a whole counts instead. Overhead comes on top.
 */
export const podRequests = ({ spec }: Pick<Pod, 'spec'>): Amounts =>
  addAmounts(amountsOf(spec, 'requests'), parseAmounts(spec.overhead));

/** The most that a pod may use, by the same rules. There is overhead only on what is limited. */
export function podLimits({ spec }: Pick<Pod, 'spec'>): Amounts {
  const limits = amountsOf(spec, 'limits');
  return addAmounts(limits, onlyAmounts(parseAmounts(spec.overhead), Object.keys(limits)));
}

const amountsOf = (spec: PodSpec, kind: Kind): Amounts => ({
  ...containerAmounts(spec, kind),
  ...parseAmounts(spec.resources?.[kind]),
});

const ofContainer = ({ resources }: Container, kind: Kind) => parseAmounts(resources?.[kind]);

function containerAmounts({ initContainers = [], containers }: PodSpec, kind: Kind): Amounts {
  let staying: Amounts = {};
  let peak: Amounts = {};
  for (const container of initContainers) {
    const own = addAmounts(staying, ofContainer(container, kind));
    if (container.restartPolicy === 'Always') staying = own;
    peak = mostAmounts(peak, own);
  }
  const running = containers.reduce(
    (sum, container) => addAmounts(sum, ofContainer(container, kind)),
    staying,
  );
  return mostAmounts(peak, running);
}
