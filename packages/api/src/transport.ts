/**
 * One HTTP exchange with an API server, whatever carries it: a TLS connection, the node channel, or a call in the
 * same process. A transport is a function; what wants to add to every request is a function around it.
 */
export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface ApiResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends with the response; a watch goes on until the signal of the request aborts. */
  readonly body: Body;
}

export interface Body extends AsyncIterable<Uint8Array> {
  /** All of it, when it is there already: then it can be sent at once. */
  readonly bytes?: Uint8Array;
  /** What happens while nobody asks for the next piece comes with it: whoever sends it on saves by asking seldom. */
  readonly gathers?: boolean;
}

/** A body in one piece. */
export const wholeBody = (bytes: Uint8Array): Body => ({
  bytes,
  async *[Symbol.asyncIterator]() {
    yield bytes;
  },
});

/** Rejects only when no answer came. A Status with a failure code is an answer. */
export type Transport = (request: ApiRequest, signal?: AbortSignal) => Promise<ApiResponse>;
