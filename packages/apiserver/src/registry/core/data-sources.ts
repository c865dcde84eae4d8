import type { PersistentVolumeClaimSpec, TypedLocalObjectReference } from '@berth/api';

/**
 * Takes away what was never taken: anything but a claim or a snapshot in the old field, unless the claim had a source
 * before or says in the new field what it means; and sources in other namespaces, which are not shared.
 */
export function withoutStrangeSource(
  spec: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec | undefined,
): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef, ...rest } = spec;
  const keepsReference = !dataSourceRef?.namespace || old?.dataSourceRef !== undefined;
  const reference = keepsReference ? dataSourceRef : undefined;
  const keepsSource =
    old?.dataSource !== undefined ||
    old?.dataSourceRef !== undefined ||
    reference !== undefined ||
    isOrdinary(dataSource);
  return {
    ...rest,
    ...(dataSource && keepsSource && { dataSource }),
    ...(reference && { dataSourceRef: reference }),
  };
}

const isOrdinary = (source: TypedLocalObjectReference | undefined): boolean => {
  const { kind, apiGroup = '' } = source ?? {};
  return (
    (kind === 'PersistentVolumeClaim' && apiGroup === '') ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')
  );
};

/** The old and the new field say the same, whichever was written. */
export function withBothSources(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) return { ...spec, dataSourceRef: dataSource };
  if (!dataSourceRef || dataSource || dataSourceRef.namespace) return spec;
  const { namespace: _none, ...source } = dataSourceRef;
  return { ...spec, dataSource: source };
}
