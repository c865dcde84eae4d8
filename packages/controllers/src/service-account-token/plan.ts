import type { Secret, ServiceAccount } from '@berth/api';

export const tokenSecretType = 'kubernetes.io/service-account-token';

const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

/** The account that a secret wants a token of. */
export const accountNameOf = ({ metadata }: Secret): string =>
  metadata.annotations?.[nameAnnotation] ?? '';

export interface Observed {
  readonly secret: Secret;
  readonly account: ServiceAccount | undefined;
  /** PEM. */
  readonly rootCa: string;
}

export type TokenPlan =
  | { readonly kind: 'nothing' }
  /** Its account is gone, or another one has taken its name. */
  | { readonly kind: 'remove' }
  /** `withToken` gives the secret as it shall be, once there is a token; without need for one it takes none. */
  | {
      readonly kind: 'fill';
      readonly needsToken: boolean;
      readonly withToken: (token?: string) => Secret;
    };

/** What becomes of a secret that somebody made to have a lasting token put into it. */
export function planTokenSecret({ secret, account, rootCa }: Observed): TokenPlan {
  const { metadata, data = {} } = secret;
  if (metadata.deletionTimestamp) return { kind: 'nothing' };
  const wantedUid = metadata.annotations?.[uidAnnotation];
  if (!account || (wantedUid && wantedUid !== account.metadata.uid)) return { kind: 'remove' };
  const needsToken = !data['token'];
  const own = { 'ca.crt': base64(rootCa), namespace: base64(metadata.namespace ?? '') };
  const isWhole =
    !needsToken &&
    wantedUid !== undefined &&
    data['ca.crt'] === own['ca.crt'] &&
    Boolean(data['namespace']);
  if (isWhole) return { kind: 'nothing' };
  const annotations = { ...metadata.annotations, [uidAnnotation]: account.metadata.uid };
  return {
    kind: 'fill',
    needsToken,
    withToken: (token) => ({
      ...secret,
      metadata: { ...metadata, annotations },
      data: { ...own, ...data, 'ca.crt': own['ca.crt'], ...(token && { token: base64(token) }) },
    }),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
