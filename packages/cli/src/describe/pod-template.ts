import type { PodSpec, PodTemplateSpec, Toleration } from '@berth/api';
import { containerLines } from './containers.ts';
import { annotationLines, labelLines, line, listed } from './lines.ts';
import type { Line } from './lines.ts';
import { volumeLines } from './volumes.ts';

/** What the pods of a workload are made from. */
export function describeTemplate({
  metadata = {},
  spec,
}: Partial<PodTemplateSpec>): readonly Line[] {
  const { annotations } = metadata;
  return [
    ...labelLines(1, 'Labels:', metadata.labels),
    ...(annotations && Object.keys(annotations).length > 0 ? annotationLines(1, annotations) : []),
    ...(spec?.serviceAccountName ? [line(1, 'Service Account:', spec.serviceAccountName)] : []),
    ...containerLines('Init Containers', spec?.initContainers, undefined, 'template'),
    ...containerLines('Containers', spec?.containers, undefined, 'template'),
    ...volumeLines(spec?.volumes, 'template'),
    ...(spec?.priorityClassName ? [line(1, 'Priority Class Name:', spec.priorityClassName)] : []),
    ...(spec ? placementLines(spec, 1) : []),
  ];
}

/** Where a pod may run. */
export const placementLines = (
  { nodeSelector, tolerations = [] }: PodSpec,
  level: number,
): readonly Line[] => [
  ...labelLines(level, 'Node-Selectors:', nodeSelector),
  ...listed(level, 'Tolerations:', tolerations.map(tolerationText).sort()),
];

function tolerationText(toleration: Toleration): string {
  const { key = '', operator = 'Equal', value = '', effect, tolerationSeconds } = toleration;
  const pair = value ? `${key}=${value}` : key;
  const exists = operator === 'Exists' && value === '' ? ' op=Exists' : '';
  const seconds = tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`;
  return `${pair}${effect ? `:${effect}` : ''}${exists}${seconds}`;
}
