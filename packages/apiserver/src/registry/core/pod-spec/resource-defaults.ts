import type { ResourceRequirements } from '@berth/api';
import { formatQuantity, milliQuantity, parseQuantity, asMilli } from '@berth/api';

type ResourceList = Readonly<Record<string, string>>;

/** Quantities as decoding left them, but what is finer than a thousandth is rounded up. */
export const roundedList = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).map(([name, text]) => [name, rounded(text)]));

export const roundedResources = (resources: ResourceRequirements): ResourceRequirements => ({
  ...resources,
  ...(resources.limits && { limits: roundedList(resources.limits) }),
  ...(resources.requests && { requests: roundedList(resources.requests) }),
});

const milli = 1_000_000n;
/** What nearly every quantity looks like, and what needs no rounding. */
const plain = /^\d+(?:m|[kMGTPE]|[KMGTPE]i)?$/;

function rounded(text: string): string {
  if (plain.test(text)) return text;
  const quantity = parseQuantity(text);
  return formatQuantity(
    quantity.nanos % milli === 0n ? quantity : milliQuantity(asMilli(quantity), quantity.format),
  );
}
