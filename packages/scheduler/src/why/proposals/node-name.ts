import { podChange } from '../change.ts';
import type { Propose } from '../obstacle.ts';

/** NodeName. */
export const proposeForNodeName: Propose = () => [
  {
    alternatives: [
      podChange(
        'RemoveNodeName',
        'take nodeName out of the pod, so that any node will do',
        1,
        ({ nodeName: _, ...spec }) => spec,
      ),
    ],
  },
];
