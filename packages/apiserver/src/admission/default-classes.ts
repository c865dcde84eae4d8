import { ingressClasses, ingresses, persistentVolumeClaims, storageClasses } from '@berth/api';
import type { Ingress, KubeObject, PersistentVolumeClaim } from '@berth/api';
import { classAnnotation } from '../registry/core/volume-columns.ts';
import type { Admission, AdmissionReads } from './admission.ts';
import { on } from './on.ts';

/** Claims that name no class get the default class, if there is one. An empty name is a name. */
export const defaultStorageClass = (reads: AdmissionReads): Admission => ({
  name: 'DefaultStorageClass',
  handles: (what) => reads.serves(storageClasses) && on(persistentVolumeClaims, 'CREATE')(what),
  async mutate(object) {
    const claim = object as PersistentVolumeClaim;
    const { annotations = {} } = claim.metadata;
    if (claim.spec.storageClassName !== undefined || Object.hasOwn(annotations, classAnnotation))
      return claim;
    const chosen = newest(
      (await reads.list(storageClasses)).filter((each) =>
        isMarked(each, ...defaultStorageAnnotations),
      ),
    );
    if (!chosen) return claim;
    return { ...claim, spec: { ...claim.spec, storageClassName: chosen } } as KubeObject;
  },
});

const defaultStorageAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** The same for Ingresses and those who serve them. */
export const defaultIngressClass = (reads: AdmissionReads): Admission => ({
  name: 'DefaultIngressClass',
  handles: (what) => reads.serves(ingressClasses) && on(ingresses, 'CREATE')(what),
  async mutate(object) {
    const ingress = object as Ingress;
    const { annotations = {} } = ingress.metadata;
    const { ingressClassName } = (ingress.spec as Ingress['spec'] | undefined) ?? {};
    if (ingressClassName !== undefined || Object.hasOwn(annotations, ingressAnnotation))
      return ingress;
    const chosen = newest(
      (await reads.list(ingressClasses)).filter((each) =>
        isMarked(each, 'ingressclass.kubernetes.io/is-default-class'),
      ),
    );
    if (!chosen) return ingress;
    return { ...ingress, spec: { ...ingress.spec, ingressClassName: chosen } } as KubeObject;
  },
});

const ingressAnnotation = 'kubernetes.io/ingress.class';

const isMarked = ({ metadata: { annotations = {} } }: KubeObject, ...keys: readonly string[]) =>
  keys.some((key) => Object.hasOwn(annotations, key) && annotations[key] === 'true');

/** Of several defaults the one that was made last counts, and of those made at once the first by name. */
function newest(classes: readonly KubeObject[]): string | undefined {
  const [first] = [...classes].sort(
    ({ metadata: a }, { metadata: b }) =>
      Date.parse(b.creationTimestamp) - Date.parse(a.creationTimestamp) ||
      (a.name < b.name ? -1 : 1),
  );
  return first?.metadata.name;
}
