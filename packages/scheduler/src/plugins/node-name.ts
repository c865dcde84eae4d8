import { fits, unresolvable } from '../framework.ts';
import type { Plugin } from '../framework.ts';

/** A pod that names its node goes nowhere else. */
export const nodeName: Plugin = {
  name: 'NodeName',
  filter: ({ pod: { spec } }) =>
    spec.nodeName
      ? ({ name }) =>
          name === spec.nodeName
            ? fits
            : unresolvable("node(s) didn't match the requested node name")
      : undefined,
};
