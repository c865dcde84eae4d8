import { unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';

const refused = unresolvable(
  'pod has resource claims, and this cluster has nothing to allocate them',
);

/** Devices by resource claims are not handed out here; a pod that needs some must not run without them. */
export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  obstacle: ({ shape }) => ((shape.pod.spec.resourceClaims ?? []).length > 0 ? refused : undefined),
};
