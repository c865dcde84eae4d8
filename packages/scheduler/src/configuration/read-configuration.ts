import { duplicate, goQuote, invalidValue, parseYaml, required } from '@berth/api';
import type { FieldError } from '@berth/api';
import { pointsOf } from './extension-points.ts';
import type { ExtensionPoint } from './extension-points.ts';
import { anything, duration, struct, text } from './fields.ts';
import { planPlugins } from './plan-plugins.ts';
import { defaultPluginArgs } from './plugin-args.ts';
import type { PluginArgs } from './plugin-args.ts';
import { readPluginArgs } from './read-plugin-args.ts';
import { defaultConfiguration } from './scheduler-configuration.ts';
import type {
  PluginModule,
  ProfileConfiguration,
  SchedulerConfiguration,
} from './scheduler-configuration.ts';
import { validateWritten } from './validate-written.ts';
import { configurationFields } from './written.ts';
import type { Written, WrittenProfile } from './written.ts';

/** Everything that is wrong with a configuration file. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

const apiVersion = 'kubescheduler.config.k8s.io/v1';
const kind = 'KubeSchedulerConfiguration';

/**
 * Reads a KubeSchedulerConfiguration as kube-scheduler does: strictly, with its defaults and its validation. Throws
 * one `ConfigurationError` with every problem; paths are those of the file.
 */
export function readConfiguration(file: string): SchedulerConfiguration {
  const { value, duplicates } = readYaml(file);
  const problems: string[] = duplicates.map((key) => `duplicate field ${key}`);
  const written = struct(configurationFields)(value ?? {}, '', problems) ?? {};
  if (written.kind !== kind || written.apiVersion !== apiVersion) {
    throw new ConfigurationError([
      `no kind ${goQuote(written.kind ?? '')} is registered for version ${goQuote(written.apiVersion ?? '')}: ` +
        `a scheduler is configured by ${kind} of ${apiVersion}`,
    ]);
  }
  const profiles = namedProfiles(written.profiles ?? []).map((profile, i) =>
    readProfile(profile, `profiles[${i}]`, problems),
  );
  problems.push(...validateWritten(written).map(print));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return complete(written, profiles);
}

function readYaml(file: string) {
  try {
    return parseYaml(file);
  } catch (err) {
    throw new ConfigurationError([err instanceof Error ? err.message : String(err)]);
  }
}

const print = ({ field, detail }: FieldError) => `${field}: ${detail}`;

/** One profile needs no name; no profile means the default one. */
function namedProfiles(profiles: readonly WrittenProfile[]): readonly WrittenProfile[] {
  const [first = {}, ...others] = profiles;
  if (others.length > 0) return profiles;
  return [{ ...first, schedulerName: first.schedulerName ?? 'default-scheduler' }];
}

function readProfile(
  { schedulerName = '', plugins = {}, pluginConfig = [] }: WrittenProfile,
  path: string,
  problems: string[],
): ProfileConfiguration {
  const modules = new Map<string, PluginModule>();
  const args: Record<string, unknown> = { ...defaultPluginArgs };
  const seen = new Set<string>();
  for (const [i, { name = '', args: given }] of pluginConfig.entries()) {
    const own = `${path}.pluginConfig[${i}]`;
    if (seen.has(name)) problems.push(print(duplicate(own, name)));
    seen.add(name);
    if (isConfigurable(name)) {
      const checked = readPluginArgs[name](given, `${own}.args`, problems);
      args[name] = checked.args;
      problems.push(...checked.errors.map(print));
    } else if (pointsOf(name)) {
      if (given !== undefined) problems.push(`${own}.args: plugin ${goQuote(name)} takes no args`);
    } else {
      const module = readModule(given, `${own}.args`, problems);
      if (module) modules.set(name, module);
    }
  }
  // Code of the user's can filter and score; which of both it does is known when it is loaded.
  const anywhere: readonly ExtensionPoint[] = ['filter', 'score'];
  const knownPoints = (name: string) =>
    pointsOf(name) ?? (modules.has(name) ? anywhere : undefined);
  const found: string[] = [];
  const plan = planPlugins(plugins, knownPoints, schedulerName, found);
  problems.push(...found.map((problem) => `${path}.plugins: ${problem}`));
  return { schedulerName, ...plan, args: args as unknown as PluginArgs, modules };
}

const isConfigurable = (name: string): name is keyof PluginArgs =>
  Object.hasOwn(readPluginArgs, name);

const moduleFields = struct({ module: text, timeout: duration, config: anything });
const defaultTimeoutMs = 100;

function readModule(given: unknown, path: string, problems: string[]): PluginModule | undefined {
  const { module, timeout = defaultTimeoutMs, config } = moduleFields(given, path, problems) ?? {};
  if (!module) {
    problems.push(print(required(`${path}.module`, 'names the file or package of the plugin')));
    return undefined;
  }
  if (timeout <= 0) {
    problems.push(print(invalidValue(`${path}.timeout`, timeout, 'must be greater than zero')));
  }
  return { module, timeoutMs: timeout, config };
}

function complete(
  written: Written,
  profiles: readonly ProfileConfiguration[],
): SchedulerConfiguration {
  const { leaderElection: lease = {}, clientConnection: connection = {} } = written;
  const fallback = defaultConfiguration.leaderElection;
  return {
    leaderElection: {
      leaderElect: lease.leaderElect ?? fallback.leaderElect,
      leaseDurationMs: lease.leaseDuration ?? fallback.leaseDurationMs,
      renewDeadlineMs: lease.renewDeadline ?? fallback.renewDeadlineMs,
      retryPeriodMs: lease.retryPeriod ?? fallback.retryPeriodMs,
      resourceNamespace: lease.resourceNamespace || fallback.resourceNamespace,
      resourceName: lease.resourceName || fallback.resourceName,
    },
    clientConnection: {
      ...(connection.kubeconfig && { kubeconfig: connection.kubeconfig }),
      ...(connection.qps && { qps: connection.qps }),
      ...(connection.burst && { burst: connection.burst }),
    },
    podInitialBackoffMs: (written.podInitialBackoffSeconds ?? 1) * 1000,
    podMaxBackoffMs: (written.podMaxBackoffSeconds ?? 10) * 1000,
    profiles,
    remarks: remarksOn(written),
  };
}

function remarksOn(written: Written): readonly string[] {
  const percentages = [written, ...(written.profiles ?? [])].some(
    ({ percentageOfNodesToScore = 0 }) => percentageOfNodesToScore > 0,
  );
  const { contentType = '' } = written.clientConnection ?? {};
  return [
    ...(percentages
      ? ['percentageOfNodesToScore makes no difference: every node is considered for every pod']
      : []),
    ...(written.parallelism !== undefined
      ? ['parallelism makes no difference: decisions are made one after the other']
      : []),
    ...(contentType !== '' && contentType !== 'application/json'
      ? [`clientConnection.contentType ${contentType} makes no difference: requests are JSON`]
      : []),
  ];
}
