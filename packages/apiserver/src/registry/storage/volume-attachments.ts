import type { FieldError, VolumeAttachment, VolumeAttachmentSource } from '@berth/api';
import {
  at,
  forbiddenField,
  isDeepEqual,
  required,
  tooLong,
  volumeAttachments as volumeAttachmentsType,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkSubdomain, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkDriverName } from '../core/list-checks.ts';
import { validateInlineVolume } from '../core/persistent-volume-validation.ts';
import type { Strategy } from '../strategy.ts';
import { checkParameters } from './class-checks.ts';

export const volumeAttachments: Strategy<VolumeAttachment> = {
  type: volumeAttachmentsType,
  prepareForCreate: ({ status: _, ...attachment }) => attachment,
  prepareForUpdate: ({ status: _, ...attachment }, old) => ({
    ...attachment,
    ...(old.status && { status: old.status }),
  }),
  validate,
  validateUpdate: (attachment, old) => [
    ...validate(attachment),
    ...checkUnchanged(
      'spec',
      asGiven(attachment).spec ?? {},
      isDeepEqual(attachment.spec, old.spec),
    ),
  ],
  status: { validateUpdate: (attachment) => checkStatus(attachment) },
  generationOf: () => undefined,
  columns: [
    nameColumn,
    {
      name: 'Attacher',
      type: 'string',
      description: 'The driver that attaches the volume.',
      cell: (attachment) => asGiven(attachment).spec?.attacher ?? '',
    },
    {
      name: 'PV',
      type: 'string',
      description: 'The volume.',
      cell: (attachment) => asGiven(attachment).spec?.source?.persistentVolumeName ?? '',
    },
    {
      name: 'Node',
      type: 'string',
      description: 'The node to which it is attached.',
      cell: (attachment) => asGiven(attachment).spec?.nodeName ?? '',
    },
    {
      name: 'Attached',
      type: 'boolean',
      description: 'Whether it is attached.',
      cell: (attachment) => asGiven(attachment).status?.attached ?? false,
    },
    ageColumn,
  ],
};

function validate(attachment: VolumeAttachment): readonly FieldError[] {
  const { attacher, source = {}, nodeName = '' } = asGiven(attachment).spec ?? {};
  return [
    ...checkDriverName('spec.attacher', attacher),
    ...checkSource('spec.source', source),
    ...checkSubdomain('spec.nodeName', nodeName),
    ...checkStatus(attachment),
  ];
}

const oneSource = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

function checkSource(
  path: string,
  { inlineVolumeSpec, persistentVolumeName: name }: Given<VolumeAttachmentSource>,
): readonly FieldError[] {
  if (inlineVolumeSpec)
    return name === undefined
      ? validateInlineVolume(at(path, 'inlineVolumeSpec'), inlineVolumeSpec)
      : [forbiddenField(path, oneSource)];
  if (name === undefined) return [required(path, oneSource)];
  const where = at(path, 'persistentVolumeName');
  return name
    ? checkSubdomain(where, name)
    : [required(where, 'must specify non empty persistentVolumeName')];
}

const longestMessage = 16384;

function checkStatus(attachment: VolumeAttachment): readonly FieldError[] {
  const { attachmentMetadata, ...status } = asGiven(attachment).status ?? {};
  return [
    ...checkParameters('status.attachmentMetadata', attachmentMetadata),
    ...(['attachError', 'detachError'] as const)
      .filter((field) => Buffer.byteLength(status[field]?.message ?? '') > longestMessage)
      .map((field) => tooLong(at('status', field, 'message'), longestMessage)),
  ];
}
