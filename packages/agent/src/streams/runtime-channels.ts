/** One of the byte channels of an open exec, attach or port-forward. */
export interface RuntimeChannel {
  /** Ends when the runtime ends it; fails when the connection was lost. */
  readonly data: AsyncIterable<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  /** The runtime gets no more on this channel. */
  end(): void;
}

export type ChannelName = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize' | 'data';

/** An open stream of the runtime's streaming server. */
export interface RuntimeChannels {
  channel(name: ChannelName): RuntimeChannel | undefined;
  close(): void;
}

export interface Wanted {
  readonly kind: 'command' | { readonly port: number };
  /** In the order in which they are opened. */
  readonly channels: readonly ChannelName[];
}

/** The streaming server does not speak this protocol. */
export class NotSpokenError extends Error {}
