import { pods } from '@berth/api';
import type { Pod, PodCondition } from '@berth/api';
import { formatTime } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client, EventRecorder } from '@berth/client';

export interface ReporterOptions {
  readonly client: Pick<Client, 'patch'>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Why an attempt failed: no node takes the pod, or something else went wrong. */
type FailureReason = 'Unschedulable' | 'SchedulerError';

/** Tells users what becomes of their pods, in upstream's words. */
export interface Reporter {
  scheduled(pod: Pod, nodeName: string): void;
  /** `attempt` identifies the waiting pod: what is said of it again and again is said less often. */
  failed(attempt: object, pod: Pod, reason: FailureReason, message: string): Promise<void>;
}

/** As often as upstream's event series are renewed, the same failure of the same pod is written again. */
const repeatMs = 6 * 60_000;
/** The longest note that an Event may have, in bytes. */
const noteLimit = 1024;
const cutMark = ' ...';

export function createReporter({ client, recorder, clock, logger }: ReporterOptions): Reporter {
  const lastSaid = new WeakMap<object, { readonly message: string; readonly at: number }>();
  return {
    scheduled(pod, nodeName) {
      const { namespace, name } = pod.metadata;
      const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
      recorder.event(pod, 'Normal', 'Scheduled', message, { action: 'Binding' });
    },
    async failed(attempt, pod, reason, message) {
      const last = lastSaid.get(attempt);
      if (last?.message !== message || clock.now() - last.at >= repeatMs) {
        lastSaid.set(attempt, { message, at: clock.now() });
        recorder.event(pod, 'Warning', 'FailedScheduling', cutToNote(message), {
          action: 'Scheduling',
        });
      }
      const condition = planCondition(pod, reason, message, clock.now());
      if (!condition) return;
      const status = { conditions: [condition] };
      const patch = { metadata: { uid: pod.metadata.uid }, status };
      try {
        await client.patch(pods, pod.metadata, 'strategic', patch, { subresource: 'status' });
      } catch (err) {
        logger.debug('Could not report a pod that was not placed', {
          pod: pod.metadata.name,
          err,
        });
      }
    },
  };
}

/** The PodScheduled condition to write; undefined when the pod says as much already. */
export function planCondition(
  { metadata, status }: Pod,
  reason: FailureReason,
  message: string,
  now: number,
): PodCondition | undefined {
  const known = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const condition = {
    type: 'PodScheduled',
    ...(metadata.generation && { observedGeneration: metadata.generation }),
    status: 'False',
    reason,
    message,
  };
  const isSaid =
    known?.status === 'False' &&
    known.reason === reason &&
    known.message === message &&
    known.observedGeneration === condition.observedGeneration;
  if (isSaid) return undefined;
  const since = known?.status === 'False' ? known.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: since ?? formatTime(now) };
}

/** Upstream's way to shorten: the end goes. */
export function cutToNote(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= noteLimit) return message;
  const kept = bytes.subarray(0, noteLimit - cutMark.length).toString('utf8');
  // Not in the middle of a character.
  return `${kept.replace(/\uFFFD$/, '')}${cutMark}`;
}
