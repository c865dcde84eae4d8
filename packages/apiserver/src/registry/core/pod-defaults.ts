import type { Container, Pod, PodSpec, PodStatus } from '@berth/api';
import { asGiven } from './given.ts';
import { defaultPodRequests } from './pod-spec/pod-level-resources.ts';
import { defaultPodSpec } from './pod-spec/pod-spec-defaults.ts';

/** The defaults of a pod: those of its spec, and some that templates do not get. */
export function defaultPod(pod: Pod): Pod {
  const spec = defaultPodSpec(asGiven(pod).spec ? pod.spec : { containers: [] });
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  return {
    ...pod,
    spec: defaultPodRequests({
      ...spec,
      containers: spec.containers.map((c) => defaultForPod(c, spec)),
      ...(spec.initContainers && {
        initContainers: spec.initContainers.map((c) => defaultForPod(c, spec)),
      }),
      enableServiceLinks: spec.enableServiceLinks ?? true,
      // Stored pods from before the sign was checked would otherwise never end.
      terminationGracePeriodSeconds: grace < 0 ? 1 : grace,
    }),
    status: alignAddresses(pod.status ?? {}),
  };
}

function defaultForPod(container: Container, { hostNetwork }: PodSpec): Container {
  const { limits, requests } = container.resources ?? {};
  const { ports } = container;
  return {
    ...container,
    ...(limits && {
      resources: { ...container.resources, requests: { ...limits, ...requests } },
    }),
    ...(hostNetwork &&
      ports && {
        ports: ports.map((port) => ({ ...port, hostPort: port.hostPort || port.containerPort })),
      }),
  };
}

/** `podIP` repeats `podIPs[0]`; where a writer set them apart, the older field is believed. */
function alignAddresses(status: PodStatus): PodStatus {
  const { podIP, podIPs } = status;
  if (podIP && podIPs?.[0]?.ip !== podIP) return { ...status, podIPs: [{ ip: podIP }] };
  const first = podIPs?.[0]?.ip;
  return first && !podIP ? { ...status, podIP: first } : status;
}
