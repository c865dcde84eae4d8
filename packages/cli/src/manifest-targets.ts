import type { Command } from 'commander';
import { declareSwitch } from './command-line.ts';
import { collect } from './collect.ts';
import type { Cluster } from './connection.ts';
import { inOrderOfNeed, readManifests } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import { resourceOfKind } from './resources.ts';
import type { Resource } from './resources.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

export interface FileFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
}

export function declareFiles(command: Command, help: string): void {
  command.option('-f, --filename <file>', help, collect);
  declareSwitch(command, '-R, --recursive', 'directories with all that is below them');
}

/** A manifest whose kind the server knows, and whose namespace is settled. */
export interface PlacedManifest extends Manifest {
  readonly resource: Resource;
  readonly namespace?: string;
  /** Empty only where the server is to invent one. */
  readonly name: string;
}

/** The objects that `-f` names, each with its place in the cluster. */
export async function placeManifests(
  { host, screen, cluster: open }: Session,
  { filename = [], recursive = false }: FileFlags,
): Promise<readonly PlacedManifest[]> {
  const { manifests, warnings } = await readManifests(host, filename, { recursive });
  for (const warning of warnings) await screen.tell(`Warning: ${warning}`);
  const cluster = open();
  const resources = await cluster.resources();
  return inOrderOfNeed(manifests).map((manifest) => placeManifest(manifest, resources, cluster));
}

export function placeManifest(
  manifest: Manifest,
  resources: readonly Resource[],
  { namespace, isNamespaceGiven }: Pick<Cluster, 'namespace' | 'isNamespaceGiven'>,
): PlacedManifest {
  const { object, source } = manifest;
  const { name = '', namespace: written = '' } = object.metadata;
  const resource = resourceOfKind(resources, object);
  if (!resource) {
    throw new UsageError(
      `resource mapping not found for name: "${name}" namespace: "${written}" from "${source}": no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first`,
    );
  }
  if (!resource.namespaced) return { ...manifest, resource, name };
  if (isNamespaceGiven && written && written !== namespace) {
    throw new UsageError(
      `the namespace from the provided object "${written}" does not match the namespace "${namespace}". You must pass '--namespace=${written}' to perform this operation.`,
    );
  }
  const place = written || namespace;
  const metadata = { ...object.metadata, namespace: place };
  return { ...manifest, object: { ...object, metadata }, resource, name, namespace: place };
}
