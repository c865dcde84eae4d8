import { asGiven } from './given.ts';
import type { KubeObject } from '@berth/api';

const shortModes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

/** `RWO,RWX`: ways to use a volume, each once and always in the same order. */
export const showAccessModes = (modes: readonly string[] = []): string =>
  shortModes.flatMap(([mode, short]) => (modes.includes(mode) ? [short] : [])).join(',');

/** The phase, unless the object is on its way out. */
export const showPhase = ({ metadata }: KubeObject, phase: string | undefined): string =>
  metadata.deletionTimestamp ? 'Terminating' : (phase ?? '');

export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

interface WithClass extends KubeObject {
  readonly spec: { readonly storageClassName?: string };
}

/** The storage class of a volume or claim, which old ones name in an annotation. */
export const classOf = (object: WithClass): string | undefined =>
  object.metadata.annotations?.[classAnnotation] ?? asGiven(object).spec?.storageClassName;

export const classAnnotationWarning = ({ metadata }: KubeObject): readonly string[] =>
  Object.hasOwn(metadata.annotations ?? {}, classAnnotation)
    ? [
        `metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      ]
    : [];
