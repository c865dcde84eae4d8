import { parseYaml } from '@berth/api';
import type { Connection } from './https-transport.ts';

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}

interface User {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

interface Context {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster?: Cluster }[];
  readonly users?: readonly { readonly name: string; readonly user?: User }[];
  readonly contexts?: readonly { readonly name: string; readonly context?: Context }[];
}

export interface KubeconfigChoice {
  /** `current-context` when absent. */
  readonly context?: string | undefined;
  /** Reads a file that the kubeconfig points to; relative paths are as written. */
  readonly readFile: (path: string) => string;
}

export interface LoadedKubeconfig {
  readonly connection: Connection;
  /** The context's own namespace, else `default`. */
  readonly namespace: string;
}

/** The connection that a kubeconfig's context describes. Throws an `Error` that names what is missing. */
export function loadKubeconfig(
  text: string,
  { context, readFile }: KubeconfigChoice,
): LoadedKubeconfig {
  const config = (parseYaml(text).value ?? {}) as Kubeconfig;
  const contextName = context ?? config['current-context'];
  if (!contextName) throw new Error('the kubeconfig has no current-context');
  const chosen = named(config.contexts, contextName, 'context').context ?? {};
  const cluster = named(config.clusters, chosen.cluster ?? '', 'cluster').cluster ?? {};
  const user = chosen.user ? (named(config.users, chosen.user, 'user').user ?? {}) : {};
  if (!cluster.server) throw new Error(`cluster ${JSON.stringify(chosen.cluster)} has no server`);
  const either = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, 'base64').toString('utf8') : file ? readFile(file) : undefined;
  return {
    namespace: chosen.namespace ?? 'default',
    connection: {
      server: cluster.server,
      ca: either(cluster['certificate-authority-data'], cluster['certificate-authority']),
      cert: either(user['client-certificate-data'], user['client-certificate']),
      key: either(user['client-key-data'], user['client-key']),
      token: user.token ?? tokenIn(user.tokenFile, readFile),
      tlsServerName: cluster['tls-server-name'],
      insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] ?? false,
    },
  };
}

/** Whoever writes the file may renew it. */
const tokenIn = (path: string | undefined, readFile: (path: string) => string) =>
  path ? () => readFile(path).trim() : undefined;

function named<T extends { readonly name: string }>(
  entries: readonly T[] | undefined,
  name: string,
  what: string,
): T {
  const found = entries?.find((entry) => entry.name === name);
  if (!found) throw new Error(`the kubeconfig has no ${what} named ${JSON.stringify(name)}`);
  return found;
}

export interface KubeconfigParts {
  readonly clusterName: string;
  readonly userName: string;
  readonly server: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** A kubeconfig with one context and everything inline. */
export function formatKubeconfig(parts: KubeconfigParts): string {
  const { clusterName, userName, server, caPem, certPem, keyPem } = parts;
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${clusterName}`,
    '  cluster:',
    `    server: ${server}`,
    `    certificate-authority-data: ${base64(caPem)}`,
    'users:',
    `- name: ${userName}`,
    '  user:',
    `    client-certificate-data: ${base64(certPem)}`,
    `    client-key-data: ${base64(keyPem)}`,
    'contexts:',
    `- name: ${clusterName}`,
    '  context:',
    `    cluster: ${clusterName}`,
    `    user: ${userName}`,
    `current-context: ${clusterName}`,
  ];
  return `${lines.join('\n')}\n`;
}
