import type { Plugin } from '@berth/scheduler';

interface Config {
  /** The label by which nodes and pods say whose they are. */
  readonly label: string;
}

/**
 * Nodes of a team take that team's pods only; among the nodes that are left, a pod prefers those where few pods of
 * other teams run. The default export is called once, with `config` of the scheduler's configuration.
 */
export default function createTeamNodes({ label }: Config): Plugin {
  return {
    name: 'TeamNodes',

    filter({ pod }) {
      const team = pod.metadata.labels?.[label];
      return ({ node }) => {
        const owner = node.metadata.labels?.[label];
        return owner === undefined || owner === team
          ? { ok: true }
          : { ok: false, resolvable: false, reasons: ['node(s) belonged to another team'] };
      };
    },

    score: {
      prepare({ pod }) {
        const team = pod.metadata.labels?.[label];
        return ({ pods }) =>
          pods.filter((other) => other.pod.metadata.labels?.[label] !== team).length;
      },
      /** Fewest strangers become 100, most become 0. */
      normalize(scores) {
        const most = Math.max(1, ...scores);
        for (const [i, strangers] of scores.entries()) {
          scores[i] = 100 - Math.round((100 * strangers) / most);
        }
      },
    },
  };
}
