import { compareVersions } from '../compare-versions.ts';
import type { CustomResourceDefinition } from '@berth/api';
import type { Version } from './definition.ts';

/** What users of a deprecated version are told: its own words, or which version to use instead. */
export function deprecationOf(
  { spec }: CustomResourceDefinition,
  { name, deprecated, deprecationWarning }: Version,
): string | undefined {
  if (!deprecated) return undefined;
  if (deprecationWarning !== undefined) return deprecationWarning;
  const { group, names, versions } = spec;
  const better = versions
    .filter((other) => other.served && !other.deprecated && stageOf(other.name) >= stageOf(name))
    .map((other) => other.name)
    .filter((other) => compareVersions(other, name) < 0)
    .sort(compareVersions)[0];
  const hint = better === undefined ? '' : `; use ${group}/${better} ${names.kind}`;
  return `${group}/${name} ${names.kind} is deprecated${hint}`;
}

const stageOf = (version: string) =>
  version.includes('alpha') ? 0 : version.includes('beta') ? 1 : 2;
