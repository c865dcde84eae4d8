import type { Clock } from '@berth/component-base';
import { isGrpcError } from '@berth/component-base/grpc';
import { createConnection } from './connection.ts';
import type { Cri } from './cri.ts';
import { createImageClient } from './image-client.ts';
import { criProtocol } from './protocol.ts';
import { createRuntimeClient } from './runtime-client.ts';
import type { RuntimeClient } from './runtime-client.ts';

/** What `connectCri` promises. */
export async function createCriClient(endpoint: string, clock: Clock): Promise<Cri> {
  const protocol = await criProtocol();
  const runtimeConnection = createConnection(endpoint, protocol.runtime, clock);
  const imageConnection = createConnection(endpoint, protocol.images, clock);
  const runtime = createRuntimeClient(runtimeConnection);
  const close = () => {
    runtimeConnection.close();
    imageConnection.close();
  };
  try {
    const { containerEvents, ...withoutEvents } = runtime;
    const offered = await offersEvents(runtime);
    return {
      runtime: offered ? runtime : withoutEvents,
      images: createImageClient(imageConnection),
      close,
    };
  } catch (err) {
    close();
    throw err;
  }
}

/**
 * A runtime without an event stream says so at once, one that has it says nothing until something happens. So the
 * one that is still silent after later calls were answered has it.
 */
async function offersEvents(runtime: RuntimeClient): Promise<boolean> {
  const probe = new AbortController();
  const refused = firstEvent(runtime, probe.signal).then(
    () => false,
    (err: unknown) => err instanceof Error && isGrpcError(err.cause, 'UNIMPLEMENTED'),
  );
  try {
    await runtime.version();
    await runtime.version();
  } finally {
    probe.abort();
  }
  return !(await refused);
}

async function firstEvent(runtime: RuntimeClient, signal: AbortSignal): Promise<void> {
  for await (const _ of runtime.containerEvents(signal)) return;
}
