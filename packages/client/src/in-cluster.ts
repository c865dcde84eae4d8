import type { Connection } from './https-transport.ts';

const directory = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

/**
 * How a pod reaches the API server of its cluster, with its service account; undefined outside of pods. The token is
 * read again for every request that is made after a while, since the kubelet renews it.
 */
export function inClusterConnection({ env, readFile }: InClusterOptions): Connection | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return undefined;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFile(`${directory}/ca.crt`),
    token: () => readFile(`${directory}/token`).trim(),
  };
}
