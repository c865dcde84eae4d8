import type { Cri } from '../../cri.ts';

/** What the contract suite needs of a runtime. */
export interface RuntimeUnderTest {
  readonly cri: Cri;
  /** An empty directory that the runtime can see, for logs and mounts. */
  readonly dir: string;
  /** Where the sandboxes' cgroups go. */
  readonly cgroupParent?: string;
  /** Another connection to the same runtime. */
  readonly reconnect: () => Promise<Cri>;
  /** Ends the runtime the hard way and brings it back; `cri` must answer again when this resolves. */
  readonly crash?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ContractImages {
  /** Has a shell and the usual small tools, and by default runs an HTTP server on port 8080. */
  readonly image: string;
  /** Present when the runtime opens, used by nothing, and not another name of `image`. */
  readonly spare: string;
}
