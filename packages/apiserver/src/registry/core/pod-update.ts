import type { Container, FieldError, Pod, PodSpec } from '@berth/api';
import { isDeepEqual, forbiddenField, inRange, invalidEach, invalidValue } from '@berth/api';
import { asGiven } from './given.ts';
import { validateGatedSpec } from './pod-gated-update.ts';

/** What the owner of a pod may still change, as the refusal lists it. */
const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** Problems of changing one pod into the other: a pod's spec is nearly all fixed. */
export function validatePodChange({ spec }: Pod, { spec: old }: Pod): readonly FieldError[] {
  const counts = [
    ...checkCount('spec.containers', spec.containers, old.containers),
    ...checkCount('spec.initContainers', spec.initContainers ?? [], old.initContainers ?? []),
  ];
  if (counts.length > 0) return counts;
  const gated = (old.schedulingGates ?? []).length > 0;
  const { errors, rest } = gated ? validateGatedSpec(spec, old) : { errors: [], rest: spec };
  return [
    ...checkDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds),
    ...checkTolerations(spec.tolerations ?? [], old.tolerations ?? []),
    ...checkGates(spec.schedulingGates ?? [], old.schedulingGates ?? []),
    ...errors,
    ...(isDeepEqual(withUpdatable(rest, old), old)
      ? []
      : [forbiddenField('spec', `pod updates may not change fields other than ${updatable}\n`)]),
  ];
}

const checkCount = (
  path: string,
  containers: readonly Container[],
  old: readonly Container[],
): readonly FieldError[] =>
  containers.length === old.length
    ? []
    : [forbiddenField(path, 'pod updates may not add or remove containers')];

const longestDeadline = 2 ** 31 - 1;

/** A deadline can be set and shortened, never extended or lifted. */
function checkDeadline(
  seconds: number | undefined,
  old: number | undefined,
): readonly FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    return old === undefined
      ? []
      : [invalidValue(path, null, 'must not update from a positive integer to nil value')];
  }
  const outOfRange = inRange(seconds, 0, longestDeadline);
  if (outOfRange.length > 0) return invalidEach(path, seconds, outOfRange);
  return old !== undefined && old < seconds
    ? [invalidValue(path, seconds, 'must be less than or equal to previous value')]
    : [];
}

type Tolerations = NonNullable<PodSpec['tolerations']>;

function checkTolerations(tolerations: Tolerations, old: Tolerations): readonly FieldError[] {
  const kept = old.every((before) =>
    tolerations.some((now) =>
      isDeepEqual({ ...now, tolerationSeconds: 0 }, { ...before, tolerationSeconds: 0 }),
    ),
  );
  return kept
    ? []
    : [
        forbiddenField(
          'spec.tolerations',
          'existing toleration can not be modified except its tolerationSeconds',
        ),
      ];
}

type Gates = NonNullable<PodSpec['schedulingGates']>;

const checkGates = (gates: Gates, old: Gates): readonly FieldError[] =>
  gates.flatMap(({ name }, i) =>
    old.some((before) => before.name === name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${i}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );

/** The new spec with the old values of all that may change: what is left must be equal. */
function withUpdatable(spec: PodSpec, old: PodSpec): PodSpec {
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    schedulingGates: _gates,
    ...rest
  } = spec;
  const { activeDeadlineSeconds, tolerations, schedulingGates, initContainers = [] } = old;
  const graceWasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  return {
    ...rest,
    ...(activeDeadlineSeconds !== undefined && { activeDeadlineSeconds }),
    ...(tolerations && { tolerations }),
    ...(schedulingGates && { schedulingGates }),
    containers: withImages(spec.containers, old.containers),
    ...(spec.initContainers && {
      initContainers: withImages(spec.initContainers, initContainers),
    }),
    ...(graceWasNegative &&
      spec.terminationGracePeriodSeconds === 1 && {
        terminationGracePeriodSeconds: old.terminationGracePeriodSeconds ?? 0,
      }),
  };
}

const withImages = (
  containers: readonly Container[],
  old: readonly Container[],
): readonly Container[] =>
  containers.map((container, i) => ({ ...container, image: asGiven(old)[i]?.image ?? '' }));
