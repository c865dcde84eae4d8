import type { FieldError, PodTemplateSpec } from '@berth/api';
import { forbiddenField, notSupported } from '@berth/api';
import { checkLabels, checkQualifiedName } from '../field-checks.ts';
import type { Given } from '../given.ts';
import { validatePodSpec } from './pod-spec.ts';

/** A pod template of any owner. */
export function validatePodTemplate(
  path: string,
  { metadata = {}, spec = {} }: Given<PodTemplateSpec>,
): readonly FieldError[] {
  return [
    ...checkLabels(`${path}.labels`, metadata.labels ?? {}),
    ...Object.keys(metadata.annotations ?? {}).flatMap((key) =>
      checkQualifiedName(`${path}.annotations`, key.toLowerCase()),
    ),
    ...validatePodSpec(`${path}.spec`, spec, { inPod: false, podName: '' }),
    ...(spec.ephemeralContainers?.length
      ? [
          forbiddenField(
            `${path}.spec.ephemeralContainers`,
            'ephemeral containers not allowed in pod template',
          ),
        ]
      : []),
  ];
}

/** The template of what keeps its pods running: they must always be restarted and never end by themselves. */
export const validateLastingTemplate = (
  path: string,
  template: Given<PodTemplateSpec>,
): readonly FieldError[] => [
  ...validatePodTemplate(path, template),
  ...(template.spec?.restartPolicy === 'Always'
    ? []
    : [notSupported(`${path}.spec.restartPolicy`, template.spec?.restartPolicy ?? '', ['Always'])]),
  ...(template.spec?.activeDeadlineSeconds === undefined
    ? []
    : [
        forbiddenField(
          `${path}.spec.activeDeadlineSeconds`,
          'activeDeadlineSeconds in ReplicaSet is not Supported',
        ),
      ]),
];
