import type { ControlPlane } from './control-plane.ts';

/** What makes pods of this node reachable: CNI configuration, routes to other nodes, services. */
export interface NodeNetwork {
  /** Sets the network up and keeps it right until `signal` aborts; leaves it in place then, as containers stay too. */
  run(controlPlane: ControlPlane, signal: AbortSignal): Promise<void>;
}
