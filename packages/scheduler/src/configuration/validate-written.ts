import { duplicate, forbiddenField, invalidValue, isDeepEqual, required } from '@berth/api';
import type { FieldError } from '@berth/api';
import { defaultConfiguration } from './scheduler-configuration.ts';
import type { Written, WrittenProfile } from './written.ts';

/** What upstream's validation has against the file as a whole, in its words. */
export function validateWritten(written: Written): readonly FieldError[] {
  const { parallelism = 16, percentageOfNodesToScore: percentage, extenders = [] } = written;
  const initial = written.podInitialBackoffSeconds ?? 1;
  const longest = written.podMaxBackoffSeconds ?? 10;
  return [
    ...validateLeaderElection(written.leaderElection ?? {}),
    ...((written.clientConnection?.burst ?? 0) < 0
      ? [
          invalidValue(
            'clientConnection.burst',
            written.clientConnection?.burst,
            'must be non-negative',
          ),
        ]
      : []),
    ...(parallelism <= 0
      ? [invalidValue('parallelism', parallelism, 'should be an integer value greater than zero')]
      : []),
    ...validatePercentage('percentageOfNodesToScore', percentage),
    ...(initial <= 0
      ? [invalidValue('podInitialBackoffSeconds', initial, 'must be greater than 0')]
      : []),
    ...(longest < initial
      ? [
          invalidValue(
            'podMaxBackoffSeconds',
            longest,
            'must be greater than or equal to PodInitialBackoffSeconds',
          ),
        ]
      : []),
    ...validateProfiles(written.profiles ?? []),
    ...(extenders.length > 0
      ? [forbiddenField('extenders', 'this scheduler calls no extenders: write a plugin')]
      : []),
  ];
}

function validateLeaderElection(
  written: NonNullable<Written['leaderElection']>,
): readonly FieldError[] {
  const { leaderElect = true, resourceLock = '' } = written;
  if (!leaderElect) return [];
  const fallback = defaultConfiguration.leaderElection;
  const lease = written.leaseDuration ?? fallback.leaseDurationMs;
  const renew = written.renewDeadline ?? fallback.renewDeadlineMs;
  const retry = written.retryPeriod ?? fallback.retryPeriodMs;
  const positive = (field: string, ms: number) =>
    ms > 0
      ? []
      : [invalidValue(`leaderElection.${field}`, `${ms / 1000}s`, 'must be greater than zero')];
  return [
    ...positive('leaseDuration', lease),
    ...positive('renewDeadline', renew),
    ...positive('retryPeriod', retry),
    ...(lease <= renew
      ? [
          invalidValue(
            'leaderElection.leaseDuration',
            `${renew / 1000}s`,
            'must be greater than `RenewDeadline`',
          ),
        ]
      : []),
    ...(resourceLock === '' || resourceLock === 'leases'
      ? []
      : [
          invalidValue(
            'leaderElection.resourceLock',
            resourceLock,
            'resourceLock value must be "leases"',
          ),
        ]),
  ];
}

const validatePercentage = (path: string, percentage: number | undefined): readonly FieldError[] =>
  percentage === undefined || (percentage >= 0 && percentage <= 100)
    ? []
    : [invalidValue(path, percentage, 'not in valid range [0-100]')];

function validateProfiles(profiles: readonly WrittenProfile[]): readonly FieldError[] {
  const queueSortOf = (profile?: WrittenProfile) => profile?.plugins?.queueSort ?? {};
  const seen = new Map<string, number>();
  return profiles.flatMap((profile, i) => {
    const path = `profiles[${i}]`;
    const { schedulerName = profiles.length === 1 ? 'default-scheduler' : '' } = profile;
    const earlier = seen.get(schedulerName);
    seen.set(schedulerName, i);
    return [
      ...(schedulerName ? [] : [required(`${path}.schedulerName`)]),
      ...validatePercentage(`${path}.percentageOfNodesToScore`, profile.percentageOfNodesToScore),
      ...(earlier === undefined
        ? []
        : [duplicate(`${path}.schedulerName`, `profiles[${earlier}].schedulerName`)]),
      ...(isDeepEqual(queueSortOf(profiles[0]), queueSortOf(profile))
        ? []
        : [
            invalidValue(
              `${path}.plugins.queueSort`,
              queueSortOf(profile),
              'must be the same for all profiles',
            ),
          ]),
    ];
  });
}
