import { forbidden, podGroups, pods, priorityClasses } from '@berth/api';
import type { Pod, PodGroup, PodSpec, PriorityClass } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from './admission.ts';
import { on } from './on.ts';

const from = 'from the given PriorityClass name';
const onPods = on(pods, 'CREATE', 'UPDATE');
const onGroups = on(podGroups, 'CREATE');
const onClasses = on(priorityClasses, 'CREATE', 'UPDATE');

/** Pods and their groups get the number behind their priority class; only one class may be the default. */
export const priority = (reads: AdmissionReads): Admission => ({
  name: 'Priority',
  handles: (attributes) => onPods(attributes) || onGroups(attributes) || onClasses(attributes),
  async mutate(object, attributes) {
    if (onGroups(attributes)) return withGroupPriority(reads, object as PodGroup, attributes);
    if (!onPods(attributes)) return object;
    const pod = object as Pod;
    return attributes.operation === 'UPDATE'
      ? keepPriority(pod, attributes.old as Pod)
      : withPriority(reads, pod, attributes);
  },
  async validate(attributes) {
    if (onClasses(attributes)) await refuseSecondDefault(reads, attributes);
  },
});

/** A client that does not know the computed fields does not mean to take them away. */
function keepPriority(pod: Pod, { spec: old }: Pod): Pod {
  const priority = pod.spec.priority ?? old.priority;
  const preemptionPolicy = pod.spec.preemptionPolicy ?? old.preemptionPolicy;
  if (priority === pod.spec.priority && preemptionPolicy === pod.spec.preemptionPolicy) return pod;
  const spec = {
    ...pod.spec,
    ...(priority !== undefined && { priority }),
    ...(preemptionPolicy !== undefined && { preemptionPolicy }),
  };
  return { ...pod, spec };
}

async function withPriority(reads: AdmissionReads, pod: Pod, attributes: Attributes): Promise<Pod> {
  const found = await classOf(reads, pod.spec.priorityClassName, attributes);
  const priority = found?.value ?? 0;
  const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  refuseOther(attributes, pod.spec, priority, preemptionPolicy);
  const name = found ? { priorityClassName: found.metadata.name } : {};
  return { ...pod, spec: { ...pod.spec, ...name, priority, preemptionPolicy } };
}

async function withGroupPriority(
  reads: AdmissionReads,
  group: PodGroup,
  attributes: Attributes,
): Promise<PodGroup> {
  const spec = (group as Partial<PodGroup>).spec;
  if (!spec) return group;
  const found = await classOf(reads, spec.priorityClassName, attributes);
  const priority = found?.value ?? 0;
  refuseOtherPriority('pod group', attributes, spec.priority, priority);
  const name = found ? { priorityClassName: found.metadata.name } : {};
  return { ...group, spec: { ...spec, ...name, priority } };
}

/** The class of that name, or the default class if there is one. */
async function classOf(
  reads: AdmissionReads,
  name: string | undefined,
  { type, name: pod }: Attributes,
): Promise<PriorityClass | undefined> {
  if (!name) return lowest((await reads.list(priorityClasses)).filter((one) => one.globalDefault));
  const found =
    (await reads.get(priorityClasses, { name })) ??
    (await reads.getFresh(priorityClasses, { name }));
  if (found) return found;
  throw forbidden(type, pod, `no PriorityClass with name ${name} was found`);
}

/** Two defaults are possible when they are made at the same time. */
const lowest = (classes: readonly PriorityClass[]): PriorityClass | undefined =>
  [...classes].sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];

function refuseOther(
  attributes: Attributes,
  spec: PodSpec,
  priority: number,
  preemptionPolicy: string,
): void {
  const { type, name } = attributes;
  refuseOtherPriority('pod', attributes, spec.priority, priority);
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
    throw forbidden(
      type,
      name,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} ${from}`,
    );
}

function refuseOtherPriority(
  what: string,
  { type, name }: Attributes,
  given: number | undefined,
  priority: number,
): void {
  if (given === undefined || given === priority) return;
  throw forbidden(
    type,
    name,
    `the integer value of priority (${given}) must not be provided in ${what} spec; priority admission controller computed ${priority} ${from}`,
  );
}

async function refuseSecondDefault(
  reads: AdmissionReads,
  { object, type, name }: Attributes,
): Promise<void> {
  if (!(object as PriorityClass).globalDefault) return;
  const other = (await reads.list(priorityClasses)).find(
    ({ globalDefault, metadata }) => globalDefault && metadata.name !== name,
  );
  if (!other) return;
  throw forbidden(
    type,
    name,
    `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
  );
}
