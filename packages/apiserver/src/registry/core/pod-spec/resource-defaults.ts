import type { ResourceRequirements } from '@berth/api';
import { formatQuantity, milliQuantity, parseQuantity, asMilli } from '@berth/api';

type ResourceList = Readonly<Record<string, string>>;

/** Every quantity as the server keeps it; what is finer than a thousandth is rounded up. */
export const canonicalList = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).map(([name, text]) => [name, canonical(text)]));

export const canonicalResources = (resources: ResourceRequirements): ResourceRequirements => ({
  ...resources,
  ...(resources.limits && { limits: canonicalList(resources.limits) }),
  ...(resources.requests && { requests: canonicalList(resources.requests) }),
});

const milli = 1_000_000n;

function canonical(text: string): string {
  const quantity = parseQuantity(text);
  return formatQuantity(
    quantity.nanos % milli === 0n ? quantity : milliQuantity(asMilli(quantity), quantity.format),
  );
}
