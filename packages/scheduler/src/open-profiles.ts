import type { Clock, Logger } from '@berth/component-base';
import type { ClusterState } from './cluster-state.ts';
import { interfaceOf } from './configuration/extension-points.ts';
import type { ProfileConfiguration } from './configuration/scheduler-configuration.ts';
import type { Plugin } from './framework.ts';
import { mirrorState } from './plugin-host/mirror-state.ts';
import { startPluginHost } from './plugin-host/plugin-host.ts';
import type { PluginHost, PluginHostOptions } from './plugin-host/plugin-host.ts';
import { createProfile } from './profiles.ts';
import type { Profile } from './profiles.ts';

export interface OpenProfilesOptions extends Pick<PluginHostOptions, 'onExecuted'> {
  readonly state: ClusterState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resolveModule: (module: string) => string;
}

export interface OpenProfiles {
  readonly profiles: readonly Profile[];
  /** The state under which plugins of the user's see what happens to it. */
  readonly observed: ClusterState;
  close(): Promise<void>;
}

/** The configured profiles with their plugins loaded. Throws an `Error` that names the plugin that cannot be. */
export async function openProfiles(
  configurations: readonly ProfileConfiguration[],
  { resolveModule, ...options }: OpenProfilesOptions,
): Promise<OpenProfiles> {
  const hosts: PluginHost[] = [];
  const close = async () => {
    await Promise.all(hosts.map((host) => host.close()));
  };
  const open = async (configuration: ProfileConfiguration): Promise<Profile> => {
    const loaded = new Map<string, Plugin>();
    for (const [name, { module, timeoutMs, config }] of configuration.modules) {
      if (!isAsked(configuration, name)) continue;
      const url = resolveModule(module);
      const host = await startPluginHost({ ...options, name, module: url, config, timeoutMs });
      hosts.push(host);
      loaded.set(name, host.plugin);
      checkPoints(configuration, name, host.plugin);
    }
    return createProfile(configuration, loaded);
  };
  try {
    const profiles: Profile[] = [];
    for (const configuration of configurations) profiles.push(await open(configuration));
    const { state } = options;
    const observed =
      hosts.length === 0
        ? state
        : mirrorState(state, (change) => hosts.forEach((host) => host.changed(change)));
    return { profiles, observed, close };
  } catch (err) {
    await close();
    throw err;
  }
}

const isAsked = ({ points }: ProfileConfiguration, name: string) =>
  points.filter.includes(name) || points.score.includes(name);

/** What a point names itself has to be there; what comes by `multiPoint` is asked for what it has. */
function checkPoints({ explicit }: ProfileConfiguration, name: string, plugin: Plugin): void {
  for (const point of ['filter', 'score'] as const) {
    if (!explicit[point].includes(name) || plugin[point]) continue;
    throw new Error(`plugin ${JSON.stringify(name)} does not extend ${interfaceOf(point)} plugin`);
  }
}
