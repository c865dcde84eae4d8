import type { Transport } from '@berth/api';
import type { MakePlacement } from '@berth/apiserver';
import { createClient } from '@berth/client';
import { createPodPlacement, createProfile } from '@berth/scheduler';
import type { SchedulerConfiguration } from '@berth/scheduler';
import { planManifest } from './plan-manifest.ts';

export interface MakePlacementOptions {
  /** The scheduler's: questions are answered as it decides. */
  readonly configuration: SchedulerConfiguration;
  /** Asks the API server as the controllers. */
  readonly controllerTransport: () => Transport;
}

const userAgent = 'berth-plan';

/** Lets an API server answer where pods go, by a scheduler's rules and what controllers make of workloads. */
export const makePlacement =
  ({ configuration, controllerTransport }: MakePlacementOptions): MakePlacement =>
  (reads) => {
    const profiles = configuration.profiles.map((profile) => createProfile(profile));
    const placement = createPodPlacement({ reads, profiles });
    return {
      explain: (pod) => placement.explain(pod),
      plan: (spec, namespace, transport) =>
        planManifest(spec, namespace, {
          ...{ placement, reads },
          asUser: createClient(transport, { userAgent }),
          asController: createClient(controllerTransport(), { userAgent }),
        }),
    };
  };
