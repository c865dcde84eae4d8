import { isIPv6 } from 'node:net';
import type { ContainerStatus, FieldError, Pod } from '@berth/api';
import { duplicate, forbiddenField, invalidValue } from '@berth/api';
import { checkIp, checkQualifiedName, checkSubdomain, checkUnchanged } from './field-checks.ts';
import { asGiven } from './given.ts';

/** Problems of what a node agent or the scheduler says about a pod. */
export function validatePodStatusChange(pod: Pod, old: Pod): readonly FieldError[] {
  const status = pod.status ?? {};
  const before = old.status ?? {};
  const nominated = status.nominatedNodeName ?? '';
  const policy = old.spec.restartPolicy ?? '';
  const sidecars = new Set(
    (old.spec.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  return [
    ...(asGiven(status).conditions ?? []).flatMap(({ type = '' }, i) =>
      systemConditions.includes(type)
        ? []
        : checkQualifiedName(`status.conditions[${i}].Type`, type),
    ),
    ...(pod.spec.nodeName === old.spec.nodeName
      ? []
      : [forbiddenField('status.nodeName', 'may not be changed directly')]),
    ...(nominated && nominated !== before.nominatedNodeName
      ? checkSubdomain('status.nominatedNodeName', nominated)
      : []),
    ...checkUnchanged(
      'status.qosClass',
      status.qosClass ?? '',
      (status.qosClass ?? '') === (before.qosClass ?? ''),
    ),
    ...checkEnded('containerStatuses', [status, before], policy, none),
    ...checkEnded('initContainerStatuses', [status, before], policy, sidecars),
    // Ephemeral containers are never started again.
    ...checkEnded('ephemeralContainerStatuses', [status, before], 'Never', none),
    ...checkAddresses('status.podIPs', status.podIPs ?? []),
    ...checkAddresses('status.hostIPs', status.hostIPs ?? []),
    ...(status.hostIPs?.length && status.hostIPs[0]?.ip !== status.hostIP
      ? [
          invalidValue(
            'status.hostIPs[0].ip',
            status.hostIPs[0]?.ip ?? '',
            'must be equal to `hostIP`',
          ),
        ]
      : []),
  ];
}

const systemConditions = ['PodScheduled', 'Ready', 'Initialized'];
const none: ReadonlySet<string> = new Set();

type Statuses = Partial<
  Record<
    'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    readonly ContainerStatus[]
  >
>;

/** A container that ended for good stays ended. */
function checkEnded(
  list: keyof Statuses,
  [status, before]: readonly [Statuses, Statuses],
  policy: string,
  mayRestart: ReadonlySet<string>,
): readonly FieldError[] {
  if (policy === 'Always') return [];
  return (before[list] ?? []).flatMap(({ name, state }, i) => {
    const ended = state?.terminated;
    if (!ended || mayRestart.has(name)) return [];
    if (ended.exitCode !== 0 && policy === 'OnFailure') return [];
    const now = status[list]?.find((other) => other.name === name);
    return now && !now.state?.terminated
      ? [
          forbiddenField(
            `status.${list}[${i}].state`,
            'may not be transitioned to non-terminated state',
          ),
        ]
      : [];
  });
}

/** At most one address of each family. */
function checkAddresses(
  path: string,
  addresses: readonly { readonly ip?: string }[],
): readonly FieldError[] {
  const families = addresses.map(({ ip = '' }) => isIPv6(ip));
  const [first, second] = families;
  return [
    ...addresses.flatMap(({ ip = '' }, i) => checkIp(`${path}[${i}]`, ip)),
    ...(addresses.length > 2 || (addresses.length === 2 && first === second)
      ? [invalidValue(path, addresses, 'may specify no more than one IP for each IP family')]
      : []),
    ...addresses.flatMap((address, i) =>
      addresses.slice(0, i).some(({ ip }) => ip === address.ip)
        ? [duplicate(`${path}[${i}]`, address)]
        : [],
    ),
  ];
}
