import type { Pod, TopologySpreadConstraint } from '@berth/api';
import { podChange } from '../change.ts';
import type { Change } from '../change.ts';
import { withSpec } from '../obstacle.ts';
import type { Obstacle, Propose, Question } from '../obstacle.ts';
import { relabel } from './labels.ts';

/** As much as upstream's own scenarios go; beyond it the constraint says nothing any more. */
const mostSkew = 128;

/** PodTopologySpread: a node with the label, a constraint that allows more, or one that only prefers. */
export const proposeForSpread: Propose = (question) => {
  const { pod, node } = question;
  const constraints = pod.shape.pod.spec.topologySpreadConstraints ?? [];
  return constraints.flatMap((constraint, i): Obstacle[] => {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') return [];
    const labels = node.node.metadata.labels ?? {};
    const { topologyKey } = constraint;
    if (!Object.hasOwn(labels, topologyKey)) {
      const value = domainFor(question, topologyKey);
      return [
        { alternatives: [relabel(node.name, { [topologyKey]: value }), soften(topologyKey, i)] },
      ];
    }
    if (!question.refuses(withConstraints(pod.shape.pod, [constraint]))) return [];
    const enough = skewThatFits(question, constraint);
    return [
      {
        alternatives: [
          ...(enough === undefined ? [] : [allowSkew(topologyKey, i, enough)]),
          soften(topologyKey, i),
        ],
      },
    ];
  });
};

const withConstraints = (
  pod: Pod,
  topologySpreadConstraints: readonly TopologySpreadConstraint[],
) => withSpec(pod, { topologySpreadConstraints });

/** A domain that is there already, or one of the node's own. */
function domainFor({ state, node }: Question, key: string): string {
  for (const { node: other } of state.nodes()) {
    const value = other.metadata.labels?.[key];
    if (value !== undefined) return value;
  }
  return node.name;
}

function skewThatFits(
  { pod, refuses }: Question,
  constraint: TopologySpreadConstraint,
): number | undefined {
  for (let maxSkew = constraint.maxSkew + 1; maxSkew <= mostSkew; maxSkew += 1) {
    if (!refuses(withConstraints(pod.shape.pod, [{ ...constraint, maxSkew }]))) return maxSkew;
  }
  return undefined;
}

const allowSkew = (key: string, i: number, maxSkew: number): Change =>
  change(
    'RaiseMaxSkew',
    `raise maxSkew over ${key} to ${maxSkew} in topologySpreadConstraints`,
    1.1,
    i,
    (constraint) => ({ ...constraint, maxSkew }),
  );

const soften = (key: string, i: number): Change =>
  change(
    'SoftenSpread',
    `let the spread over ${key} be a wish: whenUnsatisfiable: ScheduleAnyway`,
    1.3,
    i,
    ({ minDomains: _, ...constraint }) => ({ ...constraint, whenUnsatisfiable: 'ScheduleAnyway' }),
  );

const change = (
  kind: string,
  text: string,
  effort: number,
  i: number,
  to: (constraint: TopologySpreadConstraint) => TopologySpreadConstraint,
): Change =>
  podChange(kind, text, effort, (spec) => ({
    ...spec,
    topologySpreadConstraints: (spec.topologySpreadConstraints ?? []).map((each, at) =>
      at === i ? to(each) : each,
    ),
  }));
