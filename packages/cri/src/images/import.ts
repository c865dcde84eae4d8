import { run } from '../containerd/run.ts';
import type { Snapshotter } from '../containerd/config.ts';

export interface ImportOptions {
  /** Path of containerd's socket. */
  readonly socket: string;
  /** The node's own: layers are unpacked into it at once, so that the first container starts as fast as the second. */
  readonly snapshotter: Snapshotter;
  /** An OCI layout or what `docker save` writes, plain or gzipped. */
  readonly archive: string;
}

/** The namespace CRI keeps its images and containers in. */
const namespace = 'k8s.io';

/**
 * Brings an archive's images into a containerd; resolves to their references, docker's short names written out
 * (`docker.io/library/nginx:1`). An image that was there under the same name is replaced. Rejects with ctr's words.
 */
export async function importImage(
  { socket, snapshotter, archive }: ImportOptions,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const ctr = (...args: readonly string[]) =>
    run('ctr', ['--address', socket, '--namespace', namespace, 'images', ...args], { signal });
  return importedRefs(await ctr('import', '--snapshotter', snapshotter, archive));
}

const importedRefs = (output: string): readonly string[] =>
  output.split('\n').flatMap((line) => /^unpacking (\S+) /.exec(line)?.[1] ?? []);
