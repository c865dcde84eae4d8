import type { Pod, Secret } from '@berth/api';

import { registryOf } from './image-reference.ts';

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
}

/**
 * The credentials that a pod's pull secrets hold for an image: the most specific entry of the first secret that has
 * one. Secrets that are missing or unreadable are passed over, as the pull will tell.
 */
export function credentialsFor(
  { spec }: Pod,
  image: string,
  secret: (name: string) => Secret | undefined,
): RegistryAuth | undefined {
  const candidates = (spec.imagePullSecrets ?? [])
    .flatMap(({ name = '' }) => secret(name) ?? [])
    .flatMap(entriesOf)
    .filter(({ server }) => covers(server, image))
    .sort((a, b) => b.server.length - a.server.length);
  return candidates[0]?.auth;
}

interface Entry {
  readonly server: string;
  readonly auth: RegistryAuth;
}

function entriesOf({ data = {} }: Secret): readonly Entry[] {
  const encoded = data['.dockerconfigjson'] ?? data['.dockercfg'];
  if (encoded === undefined) return [];
  const config = parse(Buffer.from(encoded, 'base64').toString('utf8'));
  const auths = data['.dockerconfigjson'] === undefined ? config : config['auths'];
  if (!isObject(auths)) return [];
  return Object.entries(auths).flatMap(([server, auth]) =>
    isObject(auth) ? [{ server: withoutScheme(server), auth: credentials(auth) }] : [],
  );
}

function credentials(auth: Readonly<Record<string, unknown>>): RegistryAuth {
  const text = (key: string) => (typeof auth[key] === 'string' ? auth[key] : undefined);
  const [username, password, encoded] = ['username', 'password', 'auth'].map(text);
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(encoded !== undefined && { auth: encoded }),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

const withoutScheme = (server: string) =>
  server.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '');

/** Docker Hub goes by several names. */
const aliases: Readonly<Record<string, string>> = { 'index.docker.io': 'docker.io' };

function covers(server: string, image: string): boolean {
  const registry = registryOf(image);
  const full = image.startsWith(`${registry}/`) ? image : `${registry}/${image}`;
  const [host = '', ...path] = server.split('/');
  const wanted = [aliases[host] ?? host, ...path].join('/');
  if (wanted.startsWith('*.')) return registry.endsWith(wanted.slice(1));
  return full === wanted || full.startsWith(`${wanted}/`);
}
