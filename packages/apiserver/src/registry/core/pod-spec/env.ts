import type {
  EnvFromSource,
  EnvVar,
  FieldError,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '@berth/api';
import { invalidValue, notSupported, required } from '@berth/api';
import {
  checkConfigMapKey,
  checkDnsLabel,
  checkEnvName,
  checkQualifiedName,
  checkRelativePath,
  checkSubdomain,
} from '../field-checks.ts';
import type { Given } from '../given.ts';

/** Fields of a pod that environment variables may carry. */
const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
] as const;

const resourceNames = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
] as const;

export const validateEnv = (
  path: string,
  variables: readonly Given<EnvVar>[],
): readonly FieldError[] =>
  variables.flatMap((variable, i) => [
    ...(variable.name
      ? checkEnvName(`${path}[${i}].name`, variable.name)
      : [required(`${path}[${i}].name`)]),
    ...validateValueFrom(`${path}[${i}].valueFrom`, variable),
  ]);

function validateValueFrom(
  path: string,
  { value, valueFrom }: Given<EnvVar>,
): readonly FieldError[] {
  if (!valueFrom) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef];
  const given = sources.filter((source) => source !== undefined).length;
  return [
    ...(fieldRef ? validateFieldRef(`${path}.fieldRef`, fieldRef, envFieldPaths) : []),
    ...(resourceFieldRef
      ? validateResourceFieldRef(`${path}.resourceFieldRef`, resourceFieldRef)
      : []),
    ...(configMapKeyRef ? validateKeyRef(`${path}.configMapKeyRef`, configMapKeyRef) : []),
    ...(secretKeyRef ? validateKeyRef(`${path}.secretKeyRef`, secretKeyRef) : []),
    ...(fileKeyRef ? validateFileKeyRef(`${path}.fileKeyRef`, fileKeyRef) : []),
    ...countSources(path, given, Boolean(value)),
  ];
}

function countSources(path: string, given: number, hasValue: boolean): readonly FieldError[] {
  if (given === 0) {
    const choice = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    return [invalidValue(path, '', `must specify one of: ${choice}`)];
  }
  if (hasValue) return [invalidValue(path, '', 'may not be specified when `value` is not empty')];
  if (given > 1) {
    return [invalidValue(path, '', 'may not have more than one field specified at a time')];
  }
  return [];
}

/** A field of the pod, of those named or one label or annotation by its key. */
export function validateFieldRef(
  path: string,
  { apiVersion, fieldPath }: Given<ObjectFieldSelector>,
  supported: readonly string[],
): readonly FieldError[] {
  if (!apiVersion) return [required(`${path}.apiVersion`)];
  if (!fieldPath) return [required(`${path}.fieldPath`)];
  const [, base = fieldPath, key] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (!isPodField(base)) {
    const why = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalidValue(`${path}.fieldPath`, fieldPath, why)];
  }
  if (key === undefined) {
    return supported.includes(base) ? [] : [notSupported(`${path}.fieldPath`, base, supported)];
  }
  if (base === 'metadata.annotations') return checkQualifiedName(path, key.toLowerCase());
  if (base === 'metadata.labels') return checkQualifiedName(path, key);
  return [invalidValue(path, base, 'does not support subscript')];
}

const podFields = new Set<string>([
  ...envFieldPaths,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.hostNetwork',
  'status.phase',
  'status.nominatedNodeName',
]);
const isPodField = (path: string) => podFields.has(path);

/** A limit or request of a container; volumes must say of which. */
export function validateResourceFieldRef(
  path: string,
  { resource = '', divisor, containerName }: Given<ResourceFieldSelector>,
  inVolume = false,
): readonly FieldError[] {
  return [
    ...validateResource(path, resource, inVolume && !containerName),
    ...validateDivisor(`${path}.divisor`, resource, divisor),
  ];
}

const isHugePages = (resource: string) => /^(requests|limits)\.hugepages-/.test(resource);

function validateResource(
  path: string,
  resource: string,
  lacksContainer: boolean,
): readonly FieldError[] {
  if (lacksContainer) return [required(`${path}.containerName`)];
  if (!resource) return [required(`${path}.resource`)];
  const known: readonly string[] = resourceNames;
  if (known.includes(resource) || isHugePages(resource)) return [];
  return [notSupported(`${path}.resource`, resource, resourceNames)];
}

const byteDivisors = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

function validateDivisor(
  path: string,
  resource: string,
  divisor: string | undefined,
): readonly FieldError[] {
  if (divisor === undefined || divisor === '0') return [];
  const [allowed, of] = divisorsOf(resource);
  if (allowed.split(/, | and /).includes(divisor)) return [];
  const why =
    of === 'cpu'
      ? "only divisor's values 1m and 1 are supported with the cpu resource"
      : `only divisor's values ${allowed} are supported with the ${of} resource`;
  return of ? [invalidValue(path, resource, why)] : [];
}

function divisorsOf(resource: string): readonly [allowed: string, of: string] {
  if (isHugePages(resource)) return [byteDivisors, 'hugepages'];
  const name = resource.slice(resource.indexOf('.') + 1);
  if (name === 'cpu') return ['1m and 1', 'cpu'];
  if (name === 'memory') return [byteDivisors, 'memory'];
  return [byteDivisors, name === 'ephemeral-storage' ? 'local ephemeral storage' : ''];
}

function validateKeyRef(
  path: string,
  { name = '', key }: { readonly name?: string; readonly key?: string },
): readonly FieldError[] {
  return [
    ...checkSubdomain(`${path}.name`, name),
    ...(key ? checkConfigMapKey(`${path}.key`, key) : [required(`${path}.key`)]),
  ];
}

function validateFileKeyRef(
  path: string,
  {
    key,
    volumeName,
    path: file,
  }: { readonly key?: string; readonly volumeName?: string; readonly path?: string },
): readonly FieldError[] {
  return [
    ...(key ? checkEnvName(`${path}.key`, key) : [required(`${path}.key`)]),
    ...(volumeName
      ? checkDnsLabel(`${path}.volumeName`, volumeName)
      : [required(`${path}.volumeName`)]),
    ...(file ? checkRelativePath(`${path}.path`, file) : [required(`${path}.path`)]),
  ];
}

export const validateEnvFrom = (
  path: string,
  sources: readonly Given<EnvFromSource>[],
): readonly FieldError[] =>
  sources.flatMap(({ prefix, configMapRef, secretRef }, i) => [
    ...(prefix ? checkEnvName(`${path}[${i}].prefix`, prefix) : []),
    ...(configMapRef ? validateEnvSource(`${path}[${i}].configMapRef`, configMapRef.name) : []),
    ...(secretRef ? validateEnvSource(`${path}[${i}].secretRef`, secretRef.name) : []),
    ...(!configMapRef && !secretRef
      ? [invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`')]
      : []),
    ...(configMapRef && secretRef
      ? [invalidValue(path, '', 'may not have more than one field specified at a time')]
      : []),
  ]);

const validateEnvSource = (path: string, name: string | undefined): readonly FieldError[] =>
  name ? checkSubdomain(`${path}.name`, name) : [required(`${path}.name`)];
