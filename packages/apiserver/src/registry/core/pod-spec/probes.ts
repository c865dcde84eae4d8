import type {
  Container,
  FieldError,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  PodSpec,
  Probe,
} from '@berth/api';
import { forbiddenField, invalidValue, notSupported, required } from '@berth/api';
import {
  checkHttpHeaderName,
  checkNonNegative,
  checkPortNumber,
  checkPortNumberOrName,
} from '../field-checks.ts';
import type { Given } from '../given.ts';

/** The three probes of one container. */
export function validateProbes(path: string, container: Given<Container>): readonly FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...(livenessProbe ? validateKillingProbe(`${path}.livenessProbe`, livenessProbe) : []),
    ...(readinessProbe ? validateReadinessProbe(`${path}.readinessProbe`, readinessProbe) : []),
    ...(startupProbe ? validateKillingProbe(`${path}.startupProbe`, startupProbe) : []),
  ];
}

const validateKillingProbe = (path: string, probe: Given<Probe>): readonly FieldError[] => [
  ...validateProbe(path, probe),
  ...(probe.successThreshold === 1
    ? []
    : [invalidValue(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1')]),
];

const validateReadinessProbe = (path: string, probe: Given<Probe>): readonly FieldError[] => [
  ...validateProbe(path, probe),
  ...(probe.terminationGracePeriodSeconds === undefined
    ? []
    : [
        invalidValue(
          `${path}.terminationGracePeriodSeconds`,
          probe.terminationGracePeriodSeconds,
          'must not be set for readinessProbes',
        ),
      ]),
];

const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(path: string, probe: Given<Probe>): readonly FieldError[] {
  const grace = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(path, probe, undefined),
    ...counts.flatMap((key) => checkNonNegative(`${path}.${key}`, probe[key] ?? 0)),
    ...(grace !== undefined && grace <= 0
      ? [invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')]
      : []),
  ];
}

/** What runs after a container has started, and before it is stopped. */
export function validateLifecycle(
  path: string,
  { postStart, preStop, stopSignal }: Given<Lifecycle>,
  spec: Given<PodSpec>,
): readonly FieldError[] {
  const grace = spec.terminationGracePeriodSeconds;
  return [
    ...(postStart ? validateHandler(`${path}.postStart`, postStart, grace) : []),
    ...(preStop ? validateHandler(`${path}.preStop`, preStop, grace) : []),
    ...(stopSignal !== undefined && !spec.os?.name
      ? [
          forbiddenField(
            `${path}.stopSignal`,
            'may not be set for containers with empty `spec.os.name`',
          ),
        ]
      : []),
  ];
}

type Handler = Given<ProbeHandlerFields & LifecycleHandler>;
type ProbeHandlerFields = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'>;

function validateHandler(
  path: string,
  handler: Handler,
  grace: number | undefined,
): readonly FieldError[] {
  const given = handlerKinds.filter((kind) => handler[kind] !== undefined);
  const [first, ...more] = given;
  if (!first) return [required(path, 'must specify a handler type')];
  return [
    ...validateAction(`${path}.${first}`, handler, first, grace),
    ...more.map((kind) =>
      forbiddenField(`${path}.${kind}`, 'may not specify more than 1 handler type'),
    ),
  ];
}

const handlerKinds = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

function validateAction(
  path: string,
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  kind: (typeof handlerKinds)[number],
  grace: number | undefined,
): readonly FieldError[] {
  switch (kind) {
    case 'exec':
      return exec?.command?.length ? [] : [required(`${path}.command`)];
    case 'httpGet':
      return validateHttpGet(path, httpGet ?? {});
    case 'tcpSocket':
      return checkPortNumberOrName(`${path}.port`, tcpSocket?.port ?? 0);
    case 'grpc':
      return checkPortNumber(`${path}.port`, grpc?.port ?? 0);
    case 'sleep':
      return validateSleep(path, sleep?.seconds ?? 0, grace);
  }
}

const schemes = ['HTTP', 'HTTPS'] as const;

function validateHttpGet(path: string, action: Given<HTTPGetAction>): readonly FieldError[] {
  const { scheme = '' } = action;
  return [
    ...(action.path ? [] : [required(`${path}.path`)]),
    ...checkPortNumberOrName(`${path}.port`, action.port ?? 0),
    ...(scheme === 'HTTP' || scheme === 'HTTPS'
      ? []
      : [notSupported(`${path}.scheme`, scheme, schemes)]),
    ...(action.httpHeaders ?? []).flatMap(({ name = '' }) =>
      checkHttpHeaderName(`${path}.httpHeaders`, name),
    ),
  ];
}

function validateSleep(
  path: string,
  seconds: number,
  grace: number | undefined,
): readonly FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  const why = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
  return [invalidValue(path, seconds, why)];
}
