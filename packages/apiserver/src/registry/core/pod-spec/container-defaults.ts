import type {
  Container,
  ContainerPort,
  EnvVar,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  ObjectFieldSelector,
  Probe,
} from '@berth/api';
import { roundedResources } from './resource-defaults.ts';

/** What upstream fills in for a container of any sort. */
export function defaultContainer<C extends Container>(container: C): C {
  const { ports, env, livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return {
    ...container,
    imagePullPolicy: container.imagePullPolicy || pullPolicyOf(container.image),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy || 'File',
    resources: roundedResources(container.resources ?? {}),
    ...(ports && { ports: ports.map(defaultPort) }),
    ...(env && { env: env.map(defaultEnv) }),
    ...(livenessProbe && { livenessProbe: defaultProbe(livenessProbe) }),
    ...(readinessProbe && { readinessProbe: defaultProbe(readinessProbe) }),
    ...(startupProbe && { startupProbe: defaultProbe(startupProbe) }),
    ...(lifecycle && { lifecycle: defaultLifecycle(lifecycle) }),
  };
}

/** `Always` for what moves (the tag `latest`, or no tag and no digest), else `IfNotPresent`. */
export function pullPolicyOf(image = ''): 'Always' | 'IfNotPresent' {
  const [name = '', digest] = image.split('@', 2);
  const tag = /:([^:/]*)$/.exec(name)?.[1] ?? (digest === undefined && name ? 'latest' : '');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** A reference to a field of the pod speaks of version v1 unless it says otherwise. */
export const defaultFieldRef = (ref: ObjectFieldSelector): ObjectFieldSelector => ({
  ...ref,
  apiVersion: ref.apiVersion || 'v1',
});

const defaultPort = (port: ContainerPort): ContainerPort => ({
  ...port,
  protocol: port.protocol || 'TCP',
});

function defaultEnv(env: EnvVar): EnvVar {
  const { fieldRef, resourceFieldRef, fileKeyRef } = env.valueFrom ?? {};
  if (!fieldRef && !resourceFieldRef && !fileKeyRef) return env;
  return {
    ...env,
    valueFrom: {
      ...env.valueFrom,
      ...(fieldRef && { fieldRef: defaultFieldRef(fieldRef) }),
      ...(resourceFieldRef && {
        resourceFieldRef: { ...resourceFieldRef, divisor: resourceFieldRef.divisor ?? '0' },
      }),
      ...(fileKeyRef && { fileKeyRef: { ...fileKeyRef, optional: fileKeyRef.optional ?? false } }),
    },
  };
}

const defaultHttpGet = (action: HTTPGetAction): HTTPGetAction => ({
  ...action,
  path: action.path || '/',
  scheme: action.scheme || 'HTTP',
});

const defaultProbe = (probe: Probe): Probe => ({
  ...probe,
  timeoutSeconds: probe.timeoutSeconds || 1,
  periodSeconds: probe.periodSeconds || 10,
  successThreshold: probe.successThreshold || 1,
  failureThreshold: probe.failureThreshold || 3,
  ...(probe.httpGet && { httpGet: defaultHttpGet(probe.httpGet) }),
  ...(probe.grpc && { grpc: { ...probe.grpc, service: probe.grpc.service ?? '' } }),
});

const defaultHandler = (handler: LifecycleHandler): LifecycleHandler => ({
  ...handler,
  ...(handler.httpGet && { httpGet: defaultHttpGet(handler.httpGet) }),
});

const defaultLifecycle = (lifecycle: Lifecycle): Lifecycle => ({
  ...lifecycle,
  ...(lifecycle.postStart && { postStart: defaultHandler(lifecycle.postStart) }),
  ...(lifecycle.preStop && { preStop: defaultHandler(lifecycle.preStop) }),
});
