import { formatSelector } from '@berth/api';
import type { Pod } from '@berth/api';
import { affinityTermsOf, matchesTerm } from '../../affinity-terms.ts';
import type { AffinityTerm } from '../../affinity-terms.ts';
import type { PodInfo } from '../../pod-info.ts';
import { podChange, podRemoval } from '../change.ts';
import type { Change } from '../change.ts';
import { withSpec } from '../obstacle.ts';
import type { Obstacle, Propose, Question } from '../obstacle.ts';

type Kind = 'podAffinity' | 'podAntiAffinity';
const required = 'requiredDuringSchedulingIgnoredDuringExecution';

/** InterPodAffinity: a pod that asks for less, or fewer of those that it must not meet. */
export const proposeForPodAffinity: Propose = (question) => [
  ...termsOf(question, 'podAffinity'),
  ...termsOf(question, 'podAntiAffinity'),
  ...unwelcome(question),
];

function termsOf(question: Question, kind: Kind): readonly Obstacle[] {
  const pod = question.pod.shape.pod;
  const terms = pod.spec.affinity?.[kind]?.[required] ?? [];
  const parsed = affinityTermsOf(pod)[kind === 'podAffinity' ? 'required' : 'requiredAnti'];
  return terms.flatMap((term, i): Obstacle[] => {
    if (!question.refuses(withSpec(pod, { affinity: { [kind]: { [required]: [term] } } })))
      return [];
    const others = kind === 'podAntiAffinity' ? metBy(question, parsed[i]!) : [];
    return [{ alternatives: [dropTerm(kind, i, parsed[i]!), ...removals(others)] }];
  });
}

function dropTerm(kind: Kind, i: number, { topologyKey, selector }: AffinityTerm): Change {
  const what = kind === 'podAffinity' ? 'affinity to' : 'anti-affinity against';
  const pods = selector && selector.length > 0 ? formatSelector(selector) : 'all pods';
  return podChange(
    kind === 'podAffinity' ? 'RemoveAffinityTerm' : 'RemoveAntiAffinityTerm',
    `take the required ${what} ${pods} in the same ${topologyKey} out of the pod's spec`,
    1.8,
    (spec) => ({
      ...spec,
      affinity: {
        ...spec.affinity,
        [kind]: {
          ...spec.affinity?.[kind],
          [required]: (spec.affinity?.[kind]?.[required] ?? []).filter((_, at) => at !== i),
        },
      },
    }),
  );
}

/** Pods that are there and want none like this one near them. */
function unwelcome(question: Question): readonly Obstacle[] {
  const { pod, state } = question;
  const alone = withSpec(pod.shape.pod, { affinity: {} });
  if (!question.refuses(alone)) return [];
  const subject = { namespace: pod.shape.namespace, labels: pod.pod.metadata.labels ?? {} };
  const hosts: PodInfo[] = [];
  for (const node of state.nodes()) {
    for (const other of node.pods) {
      const repels = other.shape.terms.requiredAnti.some(
        (term) =>
          isSameDomain(question, node.node.metadata.labels, term.topologyKey) &&
          matchesTerm(term, subject, (name) => state.namespaceLabels(name)),
      );
      if (repels) hosts.push(other);
    }
  }
  // One obstacle each: all of them have to go.
  return hosts.map(({ key }) => ({ alternatives: [podRemoval(key)] }));
}

/** Placed pods of the node's domain that a term is about. */
function metBy(question: Question, term: AffinityTerm): readonly PodInfo[] {
  const { state } = question;
  return [...state.nodes()]
    .filter(({ node }) => isSameDomain(question, node.metadata.labels, term.topologyKey))
    .flatMap(({ pods }) => pods)
    .filter(({ shape, pod }) =>
      matchesTerm(term, { namespace: shape.namespace, labels: pod.metadata.labels ?? {} }, (name) =>
        state.namespaceLabels(name),
      ),
    );
}

function isSameDomain(
  { node }: Question,
  labels: Pod['metadata']['labels'] = {},
  key: string,
): boolean {
  const own = node.node.metadata.labels ?? {};
  return Object.hasOwn(own, key) && Object.hasOwn(labels, key) && own[key] === labels[key];
}

/** Only where one is enough. */
const removals = (pods: readonly PodInfo[]): readonly Change[] =>
  pods.length === 1 ? pods.map(({ key }) => podRemoval(key)) : [];
