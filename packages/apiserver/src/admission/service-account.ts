import { forbidden, generateName, pods, serviceAccounts } from '@berth/api';
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '@berth/api';
import type { Admission, AdmissionReads, Attributes } from './admission.ts';
import { isMirrorPod } from './mirror-pod.ts';
import { on } from './on.ts';

/** Every pod runs as a service account and, unless someone objects, has its token at hand. */
export const serviceAccount = (reads: AdmissionReads, random: () => number): Admission => ({
  name: 'ServiceAccount',
  handles: on(pods, 'CREATE'),
  async mutate(object, attributes) {
    const pod = object as Pod;
    if (isMirrorPod(pod)) return pod;
    const name = pod.spec.serviceAccountName || 'default';
    const account = await accountOf(reads, attributes, name);
    const named = { ...pod.spec, serviceAccountName: name };
    const spec = withPullSecrets(mounts(pod, account) ? withToken(named, random) : named, account);
    return { ...pod, spec };
  },
  validate(attributes) {
    const pod = attributes.object as Pod;
    if (isMirrorPod(pod)) refuseReferences(attributes, pod.spec);
  },
});

async function accountOf(
  reads: AdmissionReads,
  { type, namespace, name: pod }: Attributes,
  name: string,
): Promise<ServiceAccount> {
  const ref = { namespace, name };
  const account =
    (await reads.get(serviceAccounts, ref)) ?? (await reads.getFresh(serviceAccounts, ref));
  if (account) return account;
  const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
  throw forbidden(type, pod, why);
}

function refuseReferences({ type, name }: Attributes, spec: PodSpec): void {
  if (spec.serviceAccountName)
    throw forbidden(type, name, 'a mirror pod may not reference service accounts');
  for (const { secret, projected } of spec.volumes ?? []) {
    if (secret) throw forbidden(type, name, 'a mirror pod may not reference secrets');
    if (projected?.sources?.some((source) => source.serviceAccountToken))
      throw forbidden(
        type,
        name,
        'a mirror pod may not use ServiceAccountToken volume projections',
      );
  }
}

const mounts = ({ spec }: Pod, account: ServiceAccount): boolean =>
  spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;

const withPullSecrets = (spec: PodSpec, { imagePullSecrets }: ServiceAccount): PodSpec =>
  spec.imagePullSecrets?.length || !imagePullSecrets?.length ? spec : { ...spec, imagePullSecrets };

const volumePrefix = 'kube-api-access-';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Mounts the token volume where nothing else is mounted in its place. */
function withToken(spec: PodSpec, random: () => number): PodSpec {
  const volumes = spec.volumes ?? [];
  const present = volumes.find(({ name }) => name.startsWith(volumePrefix));
  const name = present?.name ?? generateName(volumePrefix, random);
  const lacks = ({ volumeMounts }: Container) =>
    !volumeMounts?.some((mount) => mount.mountPath === mountPath);
  const { containers = [], initContainers } = spec as Partial<PodSpec>;
  if (![...containers, ...(initContainers ?? [])].some(lacks)) return spec;
  const mounted = (container: Container): Container =>
    lacks(container)
      ? {
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }],
        }
      : container;
  return {
    ...spec,
    containers: containers.map(mounted),
    ...(initContainers && { initContainers: initContainers.map(mounted) }),
    volumes: present ? volumes : [...volumes, tokenVolume(name)],
  };
}

/** A second more than an hour: tokens that live exactly one hour are the old kind. */
const tokenSeconds = 3607;

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [
            { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
          ],
        },
      },
    ],
  },
});
