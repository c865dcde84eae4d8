import { asMilli, asWhole, parseQuantity } from '@berth/api';
import type { Pod, PodSpec } from '@berth/api';

/** Amounts by resource name: cpu in millicores, everything else in its own unit (bytes, pieces). */
export type Amounts = ReadonlyMap<string, number>;

type Quantities = Readonly<Record<string, string>> | undefined;

/** What a pod without requests counts as when nodes are scored, so that such pods spread too. */
const scoringDefaults = { cpu: 100, memory: 200 * 1024 * 1024 };

export function amountsOf(quantities: Quantities): Amounts {
  return new Map(
    Object.entries(quantities ?? {}).map(([name, text]) => {
      const quantity = parseQuantity(text);
      return [name, name === 'cpu' ? asMilli(quantity) : asWhole(quantity)];
    }),
  );
}

/**
 * What the pod asks for: the sum of its containers and restartable init containers, or the peak while an init
 * container runs if that is higher, plus overhead.
 */
export function podRequests({ spec }: Pod): Amounts {
  return withOverhead(peakOf(spec, amountsOfContainer), spec);
}

/** The same for scoring: every container counts for something even when it asks for nothing. */
export function podScoringRequests({ spec }: Pod): Amounts {
  return withOverhead(
    peakOf(spec, (container) => {
      const amounts = new Map(amountsOfContainer(container));
      if (!amounts.has('cpu')) amounts.set('cpu', scoringDefaults.cpu);
      if (!amounts.has('memory')) amounts.set('memory', scoringDefaults.memory);
      return amounts;
    }),
    spec,
  );
}

type ContainerLike = PodSpec['containers'][number];

const amountsOfContainer = ({ resources }: ContainerLike) => amountsOf(resources?.requests);

function peakOf(spec: PodSpec, amounts: (container: ContainerLike) => Amounts): Amounts {
  let running: Amounts = new Map();
  let peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      running = add(running, amounts(container));
      peak = most(peak, running);
    } else {
      peak = most(peak, add(running, amounts(container)));
    }
  }
  for (const container of spec.containers) running = add(running, amounts(container));
  return most(peak, running);
}

const withOverhead = (amounts: Amounts, { overhead }: PodSpec) =>
  overhead ? add(amounts, amountsOf(overhead)) : amounts;

const add = (a: Amounts, b: Amounts) => combine(a, b, (x, y) => x + y);
const most = (a: Amounts, b: Amounts) => combine(a, b, Math.max);

function combine(a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts {
  const result = new Map(a);
  for (const [name, amount] of b) result.set(name, join(result.get(name) ?? 0, amount));
  return result;
}
