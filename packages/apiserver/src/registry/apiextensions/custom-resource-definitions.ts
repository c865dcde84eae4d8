import { customResourceDefinitions as type, setCondition } from '@berth/api';
import type { CustomResourceDefinition } from '@berth/api';
import { createdAtColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { defaultDefinition } from './definition-defaults.ts';
import { validateDefinition, validateDefinitionUpdate } from './definition-validation.ts';

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const customResourceDefinitions: Strategy<CustomResourceDefinition> = {
  type,
  defaults: defaultDefinition,
  prepareForCreate: ({ status: _status, ...object }) => withStoredVersion(object),
  prepareForUpdate: (object, { status }) =>
    withStoredVersion({ ...object, ...(status && { status }) }),
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  status: { keepsMeta: true },
  columns: [nameColumn, createdAtColumn],
  allowUnconditionalUpdate: false,
  holdsDeletion: ({ metadata }) => metadata.deletionTimestamp === undefined,
  beginDeletion,
};

/** Versions in which objects were ever stored are kept in mind: they must stay readable. */
function withStoredVersion(object: CustomResourceDefinition): CustomResourceDefinition {
  const name = asGiven(object).spec?.versions?.find(({ storage }) => storage)?.name;
  const storedVersions = object.status?.storedVersions ?? [];
  if (name === undefined || storedVersions.includes(name)) return object;
  return { ...object, status: { ...object.status, storedVersions: [...storedVersions, name] } };
}

function beginDeletion(object: CustomResourceDefinition): CustomResourceDefinition {
  const { metadata, status } = object;
  const { finalizers = [], deletionTimestamp = '' } = metadata;
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message:
      'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return {
    ...object,
    metadata: { ...metadata, finalizers: [...new Set([...finalizers, cleanupFinalizer])] },
    status: {
      ...status,
      conditions: setCondition(status?.conditions, condition, deletionTimestamp),
    },
  };
}
