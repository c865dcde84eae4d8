import { badRequest } from '@berth/api';
import type { PlacementRules, Pod, Transport } from '@berth/api';
import type { MakePlacement, PlacementReads } from '@berth/apiserver';
import { createClient } from '@berth/client';
import {
  ConfigurationError,
  createPodPlacement,
  createProfile,
  readConfiguration,
} from '@berth/scheduler';
import type { PodPlacement, SchedulerConfiguration } from '@berth/scheduler';
import { planManifest } from './plan-manifest.ts';

export interface MakePlacementOptions {
  /** The scheduler's: questions are answered as it decides, unless they say otherwise. */
  readonly configuration: SchedulerConfiguration;
  /** Asks the API server as the controllers. */
  readonly controllerTransport: () => Transport;
}

const userAgent = 'berth-plan';

/** Lets an API server answer where pods go, by a scheduler's rules and what controllers make of workloads. */
export const makePlacement =
  ({ configuration, controllerTransport }: MakePlacementOptions): MakePlacement =>
  (reads) => {
    const own = openPlacement(configuration, reads);
    /** What was made for one question is gone with its answer. */
    const by = (rules: PlacementRules): PodPlacement => {
      if (rules.configuration === undefined && rules.profile === undefined) return own.placement;
      const { profiles, placement } =
        rules.configuration === undefined ? own : openPlacement(read(rules.configuration), reads);
      return rules.profile === undefined
        ? placement
        : decidedBy(rules.profile, profiles, placement);
    };
    return {
      explain: async (pod, rules) => await by(rules).explain(pod),
      plan: async (spec, namespace, transport) =>
        await planManifest(spec, namespace, {
          ...{ placement: by(spec.rules ?? {}), reads },
          asUser: createClient(transport, { userAgent }),
          asController: createClient(controllerTransport(), { userAgent }),
        }),
    };
  };

function openPlacement(configuration: SchedulerConfiguration, reads: PlacementReads) {
  const profiles = configuration.profiles.map((profile) => createProfile(profile));
  return {
    profiles: profiles.map(({ name }) => name),
    placement: createPodPlacement({ reads, profiles }),
  };
}

function decidedBy(
  profile: string,
  profiles: readonly string[],
  placement: PodPlacement,
): PodPlacement {
  if (!profiles.includes(profile)) {
    const known = profiles.map((name) => JSON.stringify(name)).join(', ');
    throw badRequest(`there is no profile ${JSON.stringify(profile)}, only ${known}`);
  }
  const naming = (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, schedulerName: profile } });
  return {
    ...placement,
    explain: (pod) => placement.explain(naming(pod)),
    place: (pods, options) => placement.place(pods.map(naming), options),
  };
}

function read(text: string): SchedulerConfiguration {
  try {
    return readConfiguration(text);
  } catch (err) {
    if (err instanceof ConfigurationError) throw badRequest(err.message);
    throw err;
  }
}
