import type { FieldError, Namespace } from '@berth/api';
import { invalidValue, namespaces as namespacesType } from '@berth/api';
import type { Strategy } from '../strategy.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { checkQualifiedName } from './field-checks.ts';
import { asGiven } from './given.ts';

/** Keeps a namespace until everything in it is gone. */
const finalizer = 'kubernetes';

export const namespaces: Strategy<Namespace> = {
  type: namespacesType,
  defaults: (namespace) => labelled({ ...namespace, spec: asGiven(namespace).spec ?? {} }),
  prepareForCreate: (namespace) => {
    const finalizers = namespace.spec.finalizers ?? [];
    return labelled({
      ...namespace,
      spec: {
        ...namespace.spec,
        finalizers: finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer],
      },
      status: { phase: 'Active' },
    });
  },
  prepareForUpdate: (namespace, old) => ({
    ...namespace,
    spec: { ...namespace.spec, finalizers: old.spec.finalizers ?? [] },
    ...(old.status && { status: old.status }),
  }),
  validate: ({ spec }) => (spec.finalizers ?? []).flatMap(checkFinalizer),
  status: { validateUpdate: checkPhase },
  generationOf: () => undefined,
  noDeleteCollection: true,
  selectable: ['status.phase'],
  selectableFields: ({ status }) => ({ 'status.phase': status?.phase ?? '' }),
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Active, or Terminating while its contents are removed.',
      cell: ({ status }) => status?.phase ?? '',
    },
    ageColumn,
  ],
  nameKind: 'label',
  allowUnconditionalUpdate: true,
  holdsDeletion: ({ spec }) => (spec.finalizers ?? []).length > 0,
  beginDeletion: (namespace) => ({
    ...namespace,
    status: { ...namespace.status, phase: 'Terminating' },
  }),
};

/** Every namespace carries its name as a label, so that selectors can name it. */
function labelled(namespace: Namespace): Namespace {
  const { name, labels } = namespace.metadata;
  if (!name) return namespace;
  return {
    ...namespace,
    metadata: { ...namespace.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
  };
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function checkFinalizer(name: string): readonly FieldError[] {
  const path = 'spec.finalizers';
  return [
    ...checkQualifiedName(path, name),
    ...(name.includes('/') || standardFinalizers.includes(name)
      ? []
      : [
          invalidValue(
            path,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ]),
  ];
}

function checkPhase({ metadata, status }: Namespace): readonly FieldError[] {
  const phase = status?.phase ?? '';
  const due = metadata.deletionTimestamp ? 'Terminating' : 'Active';
  if (phase === due) return [];
  const state = metadata.deletionTimestamp ? 'is not empty' : 'is empty';
  const why = `may only be '${due}' if \`deletionTimestamp\` ${state}`;
  return [invalidValue('status.Phase', phase, why)];
}
