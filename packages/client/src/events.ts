import type { KubeObject } from '@berth/api';

/** Records what happened to an object as an Event, without waiting and without ever failing its caller. */
export interface EventRecorder {
  event(
    about: KubeObject & { readonly apiVersion?: string; readonly kind?: string },
    type: 'Normal' | 'Warning',
    /** CamelCase, from the field's vocabulary. */
    reason: string,
    message: string,
    options?: { readonly action?: string; readonly fieldPath?: string },
  ): void;
}
