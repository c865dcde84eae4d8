import type { ConfigMap, Container, EnvVarSource, Secret, Service } from '@berth/api';

import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import type { PodFacts } from './field-ref.ts';
import { serviceEnv } from './service-env.ts';
import { configError } from './start-error.ts';

/** The objects of the pod's namespace that its containers may refer to. */
export interface PodObjects {
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly secret: (name: string) => Secret | undefined;
  readonly services: readonly Service[];
}

type Env = ReadonlyMap<string, string>;

/**
 * The environment of a container: later names win, `$(NAME)` sees what came before it and the service variables.
 * Throws `StartError` when something it refers to is missing and not optional.
 */
export function environment(facts: PodFacts, objects: PodObjects, container: Container): Env {
  const links = serviceEnv(facts.pod, objects.services);
  const env = new Map<string, string>(envFrom(objects, container));
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    const resolved = valueFrom
      ? valueOf(facts, objects, container, valueFrom)
      : expand(value, (key) => env.get(key) ?? links.get(key));
    if (resolved !== undefined) env.set(name, resolved);
  }
  return new Map([...[...links].filter(([name]) => !env.has(name)), ...env]);
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');

const isVariableName = (name: string) => name !== '' && !/[=\0]/.test(name);

function* envFrom(objects: PodObjects, { envFrom = [] }: Container): Iterable<[string, string]> {
  for (const { prefix = '', configMapRef, secretRef } of envFrom) {
    const values = configMapRef
      ? configMapData(objects, configMapRef.name, configMapRef.optional)
      : secretData(objects, secretRef?.name, secretRef?.optional);
    for (const [key, value] of Object.entries(values ?? {})) {
      if (isVariableName(`${prefix}${key}`)) yield [`${prefix}${key}`, value];
    }
  }
}

type Values = Readonly<Record<string, string>> | undefined;

function configMapData({ configMap }: PodObjects, name = '', optional = false): Values {
  const found = configMap(name);
  if (!found && !optional) throw configError(`configmap "${name}" not found`);
  return found && (found.data ?? {});
}

function secretData({ secret }: PodObjects, name = '', optional = false): Values {
  const found = secret(name);
  if (!found && !optional) throw configError(`secret "${name}" not found`);
  const entries = Object.entries(found?.data ?? {});
  return found && Object.fromEntries(entries.map(([key, value]) => [key, decode(value)]));
}

function valueOf(
  facts: PodFacts,
  objects: PodObjects,
  container: Container,
  { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef }: EnvVarSource,
): string | undefined {
  if (fieldRef) return fieldValue(facts, fieldRef.fieldPath);
  if (resourceFieldRef) return resourceValue(facts, resourceFieldRef, container.name);
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) throw configError('unsupported source of an environment variable');
  const { name = '', key, optional = false } = ref;
  const values = configMapKeyRef
    ? configMapData(objects, name, optional)
    : secretData(objects, name, optional);
  if (values && Object.hasOwn(values, key)) return values[key];
  if (optional) return undefined;
  const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
  const namespace = facts.pod.metadata.namespace ?? '';
  throw configError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}
