import type { Draft, Event } from '@berth/api';
import { createEventRecorder } from '@berth/client';
import type { EventRecorder, EventRecorderOptions } from '@berth/client';
import { sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { GrpcCode } from '@berth/component-base/grpc';

export interface RecorderOptions {
  readonly nodeName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all attempts: what could not be sent by then is given up. */
  readonly signal: AbortSignal;
  /** Rejects when the control plane did not take it. */
  readonly send: (event: Draft<Event>) => Promise<void>;
}

/** As upstream's recorder: an event that cannot be sent is tried this often, and then it is given up. */
const attempts = 12;
const pauseMs = 10_000;

/** Answers that will not change: an event in a namespace that ends must not hold up those behind it. */
const refusals: ReadonlySet<unknown> = new Set<GrpcCode>([
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'ABORTED',
  'OUT_OF_RANGE',
  'INTERNAL',
]);
const isRefusal = (err: unknown) => err instanceof Error && 'code' in err && refusals.has(err.code);

/** Events of this node's agent, sent over the channel. */
export function createRecorder(options: RecorderOptions): EventRecorder {
  const { nodeName, clock, logger, signal } = options;

  const send = async (event: Draft<Event>): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await options.send(event);
        return;
      } catch (err) {
        if (attempt === attempts || isRefusal(err) || signal.aborted) throw err;
        await sleep(clock, pauseMs, signal);
      }
    }
  };
  const client: EventRecorderOptions['client'] = {
    async create(_type, object) {
      await send(object as unknown as Draft<Event>);
      return object as never;
    },
    async patch(_type, { namespace, name }, _patchType, patch) {
      const metadata = { name, ...(namespace && { namespace }) };
      await send({ ...(patch as Partial<Event>), metadata } as Draft<Event>);
      return patch as never;
    },
  };
  return createEventRecorder({
    client,
    clock,
    logger,
    component: 'kubelet',
    instance: nodeName,
    host: nodeName,
  });
}
