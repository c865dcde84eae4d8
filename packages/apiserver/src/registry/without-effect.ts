import { definition, definitionNameOf } from '@berth/api';
import type { KubeObject, ResourceType, Schema } from '@berth/api';

/** What is accepted and checked as upstream does, while no part of this cluster acts on it. By struct and field. */
export const fieldsWithoutEffect: Readonly<Record<string, Unheeded>> = {
  'ClientIPConfig.timeoutSeconds': {
    instead: 'connections of one client stay together for three hours',
    usual: 10800,
  },
  'Container.volumeDevices': { instead: 'containers see volumes only as file systems' },
  'EnvVarSource.fileKeyRef': { instead: 'variables come from ConfigMaps, Secrets and the pod' },
  'PodSecurityContext.seLinuxChangePolicy': { instead: 'nodes do not relabel volumes' },
  'PodSecurityContext.supplementalGroupsPolicy': {
    instead: 'groups of the image are added',
    usual: 'Merge',
  },
  'ServiceSpec.externalIPs': { instead: 'nodes take traffic at node ports only' },
  'ServiceSpec.externalTrafficPolicy': {
    instead: 'every node passes traffic on to all pods',
    usual: 'Cluster',
  },
  'ServiceSpec.loadBalancerClass': { instead: 'there is no load balancer' },
  'ServiceSpec.loadBalancerIP': { instead: 'there is no load balancer' },
  'ServiceSpec.loadBalancerSourceRanges': { instead: 'there is no load balancer' },
  'ServiceSpec.trafficDistribution': { instead: 'every pod gets its share' },
};

interface Unheeded {
  /** What happens whatever the field says. */
  readonly instead: string;
  /** The value that says just that, so that nobody needs to be told. */
  readonly usual?: string | number;
}

/** From an object down to a field: names, `[]` for every item and `{}` for every value. */
interface Way {
  readonly steps: readonly string[];
  readonly field: Unheeded;
}

/** Tells who writes an object of this type, and only when something new is said, what will have no effect. */
export function effectWarnings(
  type: ResourceType,
): (object: KubeObject, old: KubeObject | undefined) => readonly string[] {
  let ways: readonly Way[] | undefined;
  return (object, old) => {
    ways ??= waysOf(type);
    const known = new Set(old && ways.flatMap((way) => warningsAt(old, way)));
    return ways.flatMap((way) => warningsAt(object, way)).filter((text) => !known.has(text));
  };
}

function waysOf(type: ResourceType): readonly Way[] {
  const name = definitionNameOf(type);
  return name === undefined ? [] : waysBelow(name, [], new Set());
}

/** A struct within itself is not entered again. */
function waysBelow(
  struct: string,
  steps: readonly string[],
  around: ReadonlySet<string>,
): readonly Way[] {
  if (around.has(struct)) return [];
  const inside = new Set(around).add(struct);
  return Object.entries(definition(struct)?.properties ?? {}).flatMap(([name, schema]) => {
    const key = `${struct}.${name}`;
    const field = Object.hasOwn(fieldsWithoutEffect, key) ? fieldsWithoutEffect[key] : undefined;
    const here = [...steps, name];
    return field ? [{ steps: here, field }] : waysInto(schema, here, inside);
  });
}

function waysInto(
  { ref, items, additionalProperties }: Schema,
  steps: readonly string[],
  around: ReadonlySet<string>,
): readonly Way[] {
  if (ref !== undefined) return waysBelow(ref, steps, around);
  if (items) return waysInto(items, [...steps, '[]'], around);
  return additionalProperties ? waysInto(additionalProperties, [...steps, '{}'], around) : [];
}

const warningsAt = (object: KubeObject, { steps, field }: Way): readonly string[] =>
  placesOf(object, steps, '')
    .filter(({ value }) => value !== field.usual)
    .map(({ path }) => `${path}: accepted, but without effect in this cluster: ${field.instead}`);

interface Place {
  readonly path: string;
  readonly value: unknown;
}

function placesOf(value: unknown, steps: readonly string[], path: string): readonly Place[] {
  if (value === undefined || value === null) return [];
  const [step, ...rest] = steps;
  if (step === undefined) return [{ path, value }];
  if (step === '[]')
    return (value as readonly unknown[]).flatMap((item, i) =>
      placesOf(item, rest, `${path}[${i}]`),
    );
  if (step === '{}')
    return Object.entries(value).flatMap(([key, item]) => placesOf(item, rest, `${path}[${key}]`));
  const next = (value as Readonly<Record<string, unknown>>)[step];
  return placesOf(next, rest, path ? `${path}.${step}` : step);
}
