import type { Pod } from '@berth/api';
import type { EventRecorder } from '@berth/client';

import { fieldPathOf } from './pod-spec.ts';
import type { SpecContainer } from './pod-spec.ts';

type EventType = 'Normal' | 'Warning';

/** Events about pods and their containers, recorded without waiting. */
export interface PodEvents {
  pod(pod: Pod, type: EventType, reason: string, message: string): void;
  container(pod: Pod, spec: SpecContainer, type: EventType, reason: string, message: string): void;
}

export function createPodEvents(recorder: EventRecorder): PodEvents {
  // Objects from a watch may come without their type, which an Event has to name.
  const about = (pod: Pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' });
  return {
    pod: (pod, type, reason, message) => recorder.event(about(pod), type, reason, message),
    container: (pod, spec, type, reason, message) =>
      recorder.event(about(pod), type, reason, message, { fieldPath: fieldPathOf(spec) }),
  };
}
