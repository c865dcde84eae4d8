import type { FieldError, PodSpec, Quantity, ResourceRequirements } from '@berth/api';
import {
  compareQuantities,
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  parseQuantity,
  required,
} from '@berth/api';
import { checkDnsLabel, checkQualifiedName } from '../field-checks.ts';
import type { Given } from '../given.ts';
import { checkContainersFit, isPodLevelResource } from './pod-level-resources.ts';

type Requirements = Given<ResourceRequirements>;
type CheckName = (path: string, name: string) => readonly FieldError[];

/** Limits and requests of one container. */
export const validateContainerResources = (
  path: string,
  resources: Requirements,
  spec: Given<PodSpec>,
): readonly FieldError[] => [
  ...validateRequirements(path, resources, checkContainerResourceName),
  ...validateClaims(`${path}.claims`, resources.claims ?? [], spec),
];

/** Limits and requests of the pod as a whole. */
export const validatePodResources = (
  path: string,
  resources: Requirements,
  spec: Given<PodSpec>,
): readonly FieldError[] => [
  ...(resources.claims
    ? [forbiddenField(`${path}.claims`, 'claims cannot be set for Resources at pod-level')]
    : []),
  ...validateRequirements(path, resources, checkPodResourceName),
  ...checkContainersFit(path, spec),
];

function validateRequirements(
  path: string,
  { limits = {}, requests = {} }: Requirements,
  checkName: CheckName,
): readonly FieldError[] {
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const hasCompute = names.some((name) => name === 'cpu' || name === 'memory');
  return [
    ...Object.entries(limits).flatMap(([name, text]) => [
      ...checkName(`${path}.limits[${name}]`, name),
      ...checkResourceQuantity(`${path}.limits[${name}]`, name, text),
      ...checkHugePages(`${path}.limits[${name}]`, name, text),
    ]),
    ...Object.entries(requests).flatMap(([name, text]) => [
      ...checkName(`${path}.requests[${name}]`, name),
      ...checkResourceQuantity(`${path}.requests[${name}]`, name, text),
      ...checkWithinLimit(path, name, text, limits[name]),
      ...checkHugePages(`${path}.requests[${name}]`, name, text),
    ]),
    ...(names.some(isHugePages) && !hasCompute
      ? [forbiddenField(path, 'HugePages require cpu or memory')]
      : []),
  ];
}

function checkWithinLimit(
  path: string,
  name: string,
  request: string,
  limit: string | undefined,
): readonly FieldError[] {
  if (limit === undefined) {
    return mayOvercommit(name)
      ? []
      : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
  if (order !== 0 && !mayOvercommit(name)) {
    return [
      invalidValue(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`),
    ];
  }
  if (order <= 0) return [];
  const why = `must be less than or equal to ${name} limit of ${limit}`;
  return [invalidValue(`${path}.requests`, request, why)];
}

/** A quantity that is not negative, and whole for what comes in pieces. */
export function checkResourceQuantity(
  path: string,
  name: string,
  text: string,
): readonly FieldError[] {
  const { nanos } = parseQuantity(text);
  return [
    ...(nanos < 0n ? [invalidValue(path, text, 'must be greater than or equal to 0')] : []),
    ...(isWhole(name) && nanos % 1_000_000_000n !== 0n
      ? [invalidValue(path, text, 'must be an integer')]
      : []),
  ];
}

function checkHugePages(path: string, name: string, text: string): readonly FieldError[] {
  if (!isHugePages(name)) return [];
  const page = readPageSize(name);
  const { nanos } = parseQuantity(text);
  if (page && page.nanos > 0n && nanos % page.nanos === 0n) return [];
  return [invalidValue(path, text, `${text} is not positive integer multiple of ${name}`)];
}

function readPageSize(name: string): Quantity | undefined {
  try {
    return parseQuantity(name.slice(hugePages.length));
  } catch {
    return undefined;
  }
}

const hugePages = 'hugepages-';
const isHugePages = (name: string) => name.startsWith(hugePages);
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
const mayOvercommit = (name: string) => isNative(name) && !isHugePages(name);
const wholeResources = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
];
const isWhole = (name: string) => wholeResources.includes(name) || isExtended(name);

/** Named by their vendor, counted in whole devices. */
export function isExtended(name: string): boolean {
  return (
    !isNative(name) &&
    !name.startsWith('requests.') &&
    checkQualifiedName('', `requests.${name}`).length === 0
  );
}

const containerResources = ['cpu', 'memory', 'ephemeral-storage'];
const standardResources = [
  ...containerResources,
  ...wholeResources,
  'storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'services.nodeports',
  'services.loadbalancers',
];

/** A resource that can be counted: a standard one, or one that says whose it is. */
export function checkResourceName(path: string, name: string): readonly FieldError[] {
  const errors = checkQualifiedName(path, name);
  if (errors.length > 0 || name.includes('/')) return errors;
  return standardResources.includes(name) || isHugePages(name)
    ? []
    : [invalidValue(path, name, 'must be a standard resource type or fully qualified')];
}

/** A resource that containers can have. */
export function checkContainerResourceName(path: string, name: string): readonly FieldError[] {
  const errors = checkResourceName(path, name);
  if (!name.includes('/')) {
    return containerResources.includes(name) || isHugePages(name)
      ? errors
      : [...errors, invalidValue(path, name, 'must be a standard resource for containers')];
  }
  if (isNative(name) || isExtended(name)) return errors;
  return [...errors, invalidValue(path, name, "doesn't follow extended resource name standard")];
}

function checkPodResourceName(path: string, name: string): readonly FieldError[] {
  const errors = checkResourceName(path, name);
  if (errors.length > 0) return errors;
  return isPodLevelResource(name)
    ? []
    : [notSupported(path, name, ['cpu', 'hugepages-', 'memory'])];
}

function validateClaims(
  path: string,
  claims: NonNullable<Requirements['claims']>,
  { resourceClaims = [] }: Given<PodSpec>,
): readonly FieldError[] {
  const offered = resourceClaims.flatMap(({ name }) => name ?? []).sort();
  const seen = new Set<string>();
  return claims.flatMap(({ name, request }, i) => {
    if (!name) return [required(`${path}[${i}]`)];
    const key = request ? `${name}/${request}` : name;
    const repeated =
      seen.has(name) ||
      seen.has(key) ||
      (!request && [...seen].some((other) => other.startsWith(`${name}/`)));
    seen.add(key);
    return [
      ...(request ? checkDnsLabel(`${path}[${i}].request`, request) : []),
      ...(repeated ? [duplicate(`${path}[${i}]`, key)] : []),
      ...(offered.includes(name) ? [] : [unknownClaim(`${path}[${i}]`, name, offered)]),
    ];
  });
}

function unknownClaim(path: string, name: string, offered: readonly string[]): FieldError {
  const known = offered.length ? `: ${offered.join(', ')}` : ' which is empty';
  return {
    type: 'FieldValueNotFound',
    field: path,
    detail: `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${known}`,
  };
}
