import { goQuote } from '@berth/api';
import { defaultMultiPoint, extensionPoints, interfaceOf } from './extension-points.ts';
import type { ExtensionPoint } from './extension-points.ts';

interface WrittenPlugin {
  readonly name?: string | undefined;
  readonly weight?: number | undefined;
}

interface PluginSet {
  readonly enabled?: readonly WrittenPlugin[] | undefined;
  readonly disabled?: readonly WrittenPlugin[] | undefined;
}

/** What a profile says of its plugins. */
export type PluginSets = { readonly [P in ExtensionPoint | 'multiPoint']?: PluginSet | undefined };

/** Which plugins are asked where, in order. */
export interface PluginPlan {
  readonly points: Readonly<Record<ExtensionPoint, readonly string[]>>;
  /** What the points themselves enable. */
  readonly explicit: Readonly<Record<ExtensionPoint, readonly string[]>>;
  /** Of every plugin that scores. */
  readonly weights: ReadonlyMap<string, number>;
}

interface Enabled {
  readonly name: string;
  readonly weight: number;
}

/** Above this upstream's sum of scores could overflow. */
const maxTotalScore = Number.MAX_SAFE_INTEGER;
const maxNodeScore = 100;

/**
 * The plugins of a profile after upstream's rules of precedence: what a point names itself, in its own order where
 * that overrides `multiPoint`, then what `multiPoint` brings, then the rest of the point. `pointsOf` says where a
 * plugin can be asked; `problems` gets what makes the profile unusable, in upstream's words.
 */
export function planPlugins(
  sets: PluginSets,
  pointsOf: (name: string) => readonly ExtensionPoint[] | undefined,
  schedulerName: string,
  problems: string[],
): PluginPlan {
  const multiPoint = mergeMultiPoint(sets.multiPoint ?? {});
  const before = problems.length;
  const points = Object.fromEntries(
    extensionPoints.map((point) => [
      point,
      planPoint(point, sets[point] ?? {}, multiPoint, pointsOf, problems),
    ]),
  ) as unknown as PluginPlan['points'];
  const explicit = Object.fromEntries(
    extensionPoints.map((point) => [point, enabledOf(sets[point] ?? {}).map(({ name }) => name)]),
  ) as unknown as PluginPlan['explicit'];
  const weights = weightsOf(points.score, [...enabledOf(sets.score ?? {}), ...multiPoint]);
  if (problems.length > before) return { points, explicit, weights };
  const name = goQuote(schedulerName);
  if (points.queueSort.length !== 1) {
    problems.push(
      `only one queue sort plugin required for profile with scheduler name ${name}, but got ${points.queueSort.length}`,
    );
  }
  if (points.bind.length === 0) {
    problems.push(`at least one bind plugin is needed for profile with scheduler name ${name}`);
  }
  const total = [...weights.values()].reduce((sum, weight) => sum + weight * maxNodeScore, 0);
  if (total > maxTotalScore) problems.push('total score of Score plugins could overflow');
  return { points, explicit, weights };
}

/** The default plugins with what the profile changes about them, and after them what it adds. */
function mergeMultiPoint(written: PluginSet): readonly Enabled[] {
  const disabled = namesOf(written.disabled);
  const own = enabledOf(written);
  const replaced = new Set<Enabled>();
  const kept = disabled.has('*')
    ? []
    : defaultMultiPoint
        .filter(({ name }) => !disabled.has(name))
        .map(({ name, weight = 0 }) => {
          // Of several entries for one plugin the last one counts, and the others are found to be repeated.
          const override = own.findLast((plugin) => plugin.name === name);
          if (override) replaced.add(override);
          return override ?? { name, weight };
        });
  return [...kept, ...own.filter((plugin) => !replaced.has(plugin))];
}

function planPoint(
  point: ExtensionPoint,
  set: PluginSet,
  multiPoint: readonly Enabled[],
  pointsOf: (name: string) => readonly ExtensionPoint[] | undefined,
  problems: string[],
): readonly string[] {
  const kind = interfaceOf(point);
  const own = new Set<string>();
  for (const { name } of enabledOf(set)) {
    const known = pointsOf(name);
    if (!known) problems.push(`${kind} ${goQuote(name)} does not exist`);
    else if (!known.includes(point)) {
      problems.push(`plugin ${goQuote(name)} does not extend ${kind} plugin`);
    } else if (own.has(name)) {
      problems.push(`plugin ${goQuote(name)} already registered as ${goQuote(kind)}`);
    }
    own.add(name);
  }
  const disabled = namesOf(set.disabled);
  if (disabled.has('*')) return [...own];
  const overrides = new Set<string>();
  const added = new Set<string>();
  for (const { name } of multiPoint) {
    const known = pointsOf(name);
    // Said once, not at every point.
    if (!known && point === extensionPoints[0]) {
      problems.push(`${kind} ${goQuote(name)} does not exist`);
    }
    if (!known?.includes(point) || disabled.has(name)) continue;
    if (own.has(name)) overrides.add(name);
    else if (added.has(name)) {
      problems.push(`plugin ${goQuote(name)} already registered as ${goQuote(kind)}`);
    } else added.add(name);
  }
  const rest = [...own].filter((name) => !overrides.has(name));
  return [...[...own].filter((name) => overrides.has(name)), ...added, ...rest];
}

/** The weight at the score point wins over that of `multiPoint`; none and 0 mean 1. */
const weightsOf = (scoring: readonly string[], enabled: readonly Enabled[]) =>
  new Map(
    scoring.map((name) => [name, enabled.find((plugin) => plugin.name === name)?.weight || 1]),
  );

const enabledOf = ({ enabled = [] }: PluginSet): readonly Enabled[] =>
  enabled.map(({ name = '', weight = 0 }) => ({ name, weight }));

const namesOf = (plugins: readonly WrittenPlugin[] = []): ReadonlySet<string> =>
  new Set(plugins.map(({ name = '' }) => name));
