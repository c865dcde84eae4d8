import { fits, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';

const refused = unresolvable("node(s) didn't match the requested node name");

/** A pod that names its node goes nowhere else. */
export const nodeName: Plugin = {
  name: 'NodeName',
  scope: 'node',
  heedsPods: false,
  // Only pods that wait are decided on, and of those hardly any has a name there.
  podKey: ({ spec }) => spec.nodeName ?? '',
  filter: ({ pod: { spec } }) =>
    spec.nodeName ? ({ name }) => (name === spec.nodeName ? fits : refused) : undefined,
};
