import { forbidden, limitRanges, pods } from '@berth/api';
import type { KubeObject, LimitRange, PersistentVolumeClaim, Pod } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from '../admission.ts';
import { claimProblems, podProblems } from './limit-problems.ts';
import { withDefaultResources } from './with-default-resources.ts';

/** Fills in what the limit ranges of a namespace say that containers get, and refuses what is out of their bounds. */
export const limitRanger = (reads: AdmissionReads): Admission => ({
  name: 'LimitRanger',
  handles: (what) => reads.serves(limitRanges) && isLimited(what),
  async mutate(object, attributes) {
    if (!isPod(attributes)) return object;
    const ranges = await reads.list(limitRanges, attributes.namespace);
    return ranges.reduce(
      (pod, range) => withDefaultResources(pod as Pod, range) as KubeObject,
      object,
    );
  },
  async validate(attributes) {
    const { type, name, namespace, object } = attributes;
    const ranges = await reads.list(limitRanges, namespace);
    for (const range of ranges) {
      const problems = problemsOf(attributes, range, object);
      if (problems.length > 0) throw forbidden(type, name, listed(problems));
    }
  },
});

type What = Pick<Attributes, 'operation' | 'type' | 'subresource'>;

const isPod = ({ type }: What) => type.group === pods.group && type.resource === pods.resource;
const isClaim = ({ type }: What) => type.group === '' && type.resource === 'persistentvolumeclaims';

/** What a pod asks for does not change, unless it is resized; a claim may grow. */
function isLimited(what: What): boolean {
  const { operation, subresource } = what;
  if (isClaim(what))
    return subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  if (!isPod(what)) return false;
  return subresource === ''
    ? operation === 'CREATE'
    : subresource === 'resize' && operation === 'UPDATE';
}

function problemsOf(
  attributes: Attributes,
  range: LimitRange,
  object: KubeObject | undefined,
): readonly string[] {
  if (isPod(attributes)) return podProblems(object as Pod, range);
  return claimProblems(object as PersistentVolumeClaim, range);
}

const listed = (problems: readonly string[]) => {
  const unique = [...new Set(problems)];
  return unique.length > 1 ? `[${unique.join(', ')}]` : unique.join('');
};
