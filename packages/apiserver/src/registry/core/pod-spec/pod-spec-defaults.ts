import type { Container, PodSpec, PodTemplateSpec } from '@berth/api';
import { asGiven } from '../given.ts';
import { defaultContainer } from './container-defaults.ts';
import { roundedList, roundedResources } from './resource-defaults.ts';
import { defaultVolume } from './volume-defaults.ts';

/** What upstream fills in for every pod spec, also inside a template. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const { initContainers, ephemeralContainers, volumes, overhead } = spec;
  const account = spec.serviceAccountName || spec.serviceAccount;
  return {
    ...spec,
    containers: (asGiven(spec).containers ?? []).map((c) => defaultContainer(c as Container)),
    ...(initContainers && { initContainers: initContainers.map(defaultContainer) }),
    ...(ephemeralContainers && { ephemeralContainers: ephemeralContainers.map(defaultContainer) }),
    ...(volumes && { volumes: volumes.map(defaultVolume) }),
    ...(overhead && { overhead: roundedList(overhead) }),
    ...(spec.resources && { resources: roundedResources(spec.resources) }),
    // `serviceAccount` is the old name of the same field; both are always shown.
    ...(account && { serviceAccountName: account, serviceAccount: account }),
    dnsPolicy: spec.dnsPolicy || 'ClusterFirst',
    restartPolicy: spec.restartPolicy || 'Always',
    securityContext: spec.securityContext ?? {},
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    schedulerName: spec.schedulerName || 'default-scheduler',
  };
}

/** A pod template with the defaults of its spec. */
export const defaultPodTemplate = (template: PodTemplateSpec | undefined): PodTemplateSpec => ({
  ...template,
  metadata: template?.metadata ?? {},
  spec: defaultPodSpec(template?.spec ?? { containers: [] }),
});
