import { createHash } from 'node:crypto';

import type { Container, Pod, ResourceRequirements } from '@berth/api';
import type { Labels } from '@berth/cri';

/** The names under which kubelets mark what they make in a runtime; other tools read them too. */
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';

const hashAnnotation = 'io.kubernetes.container.hash';
const restartCountAnnotation = 'io.kubernetes.container.restartCount';
const messagePathAnnotation = 'io.kubernetes.container.terminationMessagePath';
const messagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy';
/** Ours: runtimes as old as containerd 1.6 do not tell with which resources a container runs. */
const resourcesAnnotation = 'berth.dev/container.resources';
const graceAnnotation = 'io.kubernetes.pod.terminationGracePeriod';

/** Changes when a running container no longer is what its pod asks for: upstream looks at name and image only. */
export const containerHash = ({ name, image = '' }: Pick<Container, 'name' | 'image'>): string =>
  createHash('sha256').update(JSON.stringify({ name, image })).digest('hex').slice(0, 8);

const identityOf = ({ metadata }: Pod): Labels => ({
  [podNameLabel]: metadata.name,
  [podNamespaceLabel]: metadata.namespace ?? '',
  [podUidLabel]: metadata.uid,
});

export const sandboxLabels = (pod: Pod): Labels => ({
  ...pod.metadata.labels,
  ...identityOf(pod),
});

export const containerLabels = (pod: Pod, name: string): Labels => ({
  ...identityOf(pod),
  [containerNameLabel]: name,
});

export const containerAnnotations = (
  pod: Pod,
  container: Container,
  restartCount: number,
): Labels => ({
  [hashAnnotation]: containerHash(container),
  [restartCountAnnotation]: String(restartCount),
  [messagePathAnnotation]: container.terminationMessagePath ?? '',
  [messagePolicyAnnotation]: container.terminationMessagePolicy ?? '',
  [resourcesAnnotation]: JSON.stringify(container.resources ?? {}),
  ...(pod.spec.terminationGracePeriodSeconds !== undefined && {
    [graceAnnotation]: String(pod.spec.terminationGracePeriodSeconds),
  }),
});

/** What the annotations of an adopted container say; a stranger's container gives empty values. */
export const readAnnotations = (annotations: Labels) => ({
  hash: annotations[hashAnnotation] ?? '',
  restartCount: Number(annotations[restartCountAnnotation]) || 0,
  resources: parseResources(annotations[resourcesAnnotation]),
  messagePath: annotations[messagePathAnnotation] ?? '',
  fallsBackToLogs: annotations[messagePolicyAnnotation] === 'FallbackToLogsOnError',
});

function parseResources(text: string | undefined): ResourceRequirements | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as ResourceRequirements);
  } catch {
    return undefined;
  }
}
