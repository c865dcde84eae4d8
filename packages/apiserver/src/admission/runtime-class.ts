import { forbidden, isDeepEqual, pods, runtimeClasses } from '@berth/api';
import type { Pod, PodSpec, RuntimeClass, Toleration } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from './admission.ts';
import { on } from './on.ts';

/** Pods get what their runtime class costs, and go where it runs. */
export const runtimeClass = (reads: AdmissionReads): Admission => ({
  name: 'RuntimeClass',
  handles: on(pods, 'CREATE'),
  async mutate(object, attributes) {
    const pod = object as Pod;
    const found = await classOf(reads, pod, attributes);
    return found ? ({ ...pod, spec: withClass(pod.spec, found, attributes) } as Pod) : pod;
  },
  async validate(attributes) {
    const pod = attributes.object as Pod;
    const found = await classOf(reads, pod, attributes);
    const due = found?.overhead?.podFixed;
    if (due === undefined && pod.spec.overhead !== undefined) {
      throw refuse(
        attributes,
        'Pod Overhead set without corresponding RuntimeClass defined Overhead',
      );
    }
    if (due !== undefined && !isDeepEqual(due, pod.spec.overhead)) throw otherOverhead(attributes);
  },
});

const refuse = ({ type, name }: Attributes, why: string) =>
  forbidden(type, name, `pod rejected: ${why}`);

const otherOverhead = (attributes: Attributes) =>
  refuse(attributes, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");

async function classOf(
  reads: AdmissionReads,
  { spec: { runtimeClassName: name } }: Pod,
  attributes: Attributes,
): Promise<RuntimeClass | undefined> {
  if (name === undefined) return undefined;
  const found =
    (await reads.get(runtimeClasses, { name })) ?? (await reads.getFresh(runtimeClasses, { name }));
  if (!found) throw refuse(attributes, `RuntimeClass "${name}" not found`);
  return found;
}

function withClass(
  spec: PodSpec,
  { overhead, scheduling }: RuntimeClass,
  attributes: Attributes,
): PodSpec {
  const due = overhead?.podFixed;
  if (due && spec.overhead && !isDeepEqual(due, spec.overhead)) throw otherOverhead(attributes);
  return {
    ...spec,
    ...(due && { overhead: due }),
    ...(scheduling?.nodeSelector && {
      nodeSelector: mergedSelector(spec.nodeSelector, scheduling.nodeSelector, attributes),
    }),
    ...(scheduling?.tolerations && {
      tolerations: mergedTolerations(spec.tolerations, scheduling.tolerations),
    }),
  };
}

type Labels = Readonly<Record<string, string>>;

function mergedSelector(own: Labels = {}, wanted: Labels, { type, name }: Attributes): Labels {
  for (const [key, value] of Object.entries(wanted)) {
    const other = Object.hasOwn(own, key) ? own[key] : undefined;
    if (other !== undefined && other !== value) {
      throw forbidden(
        type,
        name,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${other}`,
      );
    }
  }
  return { ...own, ...wanted };
}

const mergedTolerations = (
  own: readonly Toleration[] = [],
  added: readonly Toleration[],
): readonly Toleration[] => [
  ...own,
  ...added.filter((toleration) => !own.some((known) => isDeepEqual(known, toleration))),
];
