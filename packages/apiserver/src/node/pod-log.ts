import { Buffer } from 'node:buffer';
import { internalError, StatusError } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';
import type { Frame, LogsRequest } from '@berth/component-base/node-protocol';
import type { Lookup } from '../lookup.ts';
import type { RequestContext } from '../request.ts';
import type { Upgrade } from '../server.ts';
import { statusOf } from './command-session.ts';
import { parseLogOptions } from './log-options.ts';
import { chooseContainer, findPod } from './pod-target.ts';
import type { NodeStreams } from './stream-broker.ts';
import { acceptWebSocket, normalClosure, sendMessage } from './web-socket.ts';

export interface PodLogOptions {
  readonly lookup: Lookup;
  readonly streams: NodeStreams;
  readonly clock: Clock;
}

/** `pods/log`: the text as it comes. */
export async function podLog(
  options: PodLogOptions,
  context: RequestContext,
): Promise<ApiResponse> {
  return {
    status: 200,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' },
    body: await openLog(options, context),
  };
}

const protocols = ['binary.k8s.io', 'base64.binary.k8s.io', ''];

/** The same over a WebSocket, a message for each piece. */
export async function podLogOverWebSocket(
  options: PodLogOptions,
  context: RequestContext,
  upgrade: Upgrade,
): Promise<void> {
  const log = await openLog(options, context);
  const { socket, protocol } = await acceptWebSocket(upgrade, protocols);
  const isText = protocol.startsWith('base64');
  const send = async () => {
    for await (const piece of log) {
      await sendMessage(socket, isText ? Buffer.from(piece).toString('base64') : piece);
    }
  };
  void send()
    .catch(() => undefined)
    .then(() => socket.close(normalClosure));
}

async function openLog(
  { lookup, streams, clock }: PodLogOptions,
  { info, lifetime }: RequestContext,
): Promise<AsyncIterable<Uint8Array>> {
  const { namespace, name, query } = info;
  const logs = parseLogOptions(query, name, clock.now());
  const pod = await findPod(lookup, { namespace, name });
  const container = chooseContainer(pod, query.get('container') ?? '');
  const { nodeName } = pod.spec;
  if (!nodeName) return nothing();
  const target = { namespace, pod: name, podUid: pod.metadata.uid, container, logs };
  const { frames } = await streams.open(nodeName, target, lifetime.signal);
  return begun(bytesOf(frames), logs, clock);
}

async function* nothing(): AsyncIterable<Uint8Array> {
  // No node has the pod yet, so there is nothing to read.
}

/** A log that is followed may be silent for long; whoever reads it should know that it was opened. */
const silenceMs = 1000;

/** Waits for the first piece, so that what is wrong can still be said in the answer's own status. */
async function begun(
  bytes: AsyncIterable<Uint8Array>,
  { follow }: LogsRequest,
  clock: Clock,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first = iterator.next();
  const silent = new AbortController();
  await Promise.race([first, ...(follow ? [sleep(clock, silenceMs, silent.signal)] : [])]);
  silent.abort();
  // Whoever reads on hears of a failure; nobody may be there to do so.
  first.catch(() => undefined);
  return restOf(first, iterator);
}

async function* restOf(
  first: Promise<IteratorResult<Uint8Array>>,
  iterator: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  try {
    for (let next = await first; !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

async function* bytesOf(frames: AsyncIterable<Frame>): AsyncIterable<Uint8Array> {
  for await (const { channel, data } of frames) {
    if (channel === 'STATUS') {
      const status = statusOf(data);
      if (status.status === 'Success') return;
      throw new StatusError({ code: 500, ...status });
    }
    if (data.length > 0) yield data;
  }
  throw internalError('the node was lost');
}
