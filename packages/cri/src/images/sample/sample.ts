import { realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ImageSource } from '../archive.ts';
import type { LayerEntry } from '../layer.ts';
import { hostTools, librariesOf } from './host-files.ts';

export const sampleImageRef = 'berth.dev/sample:1';

export interface SampleOptions {
  /** What the application says it is, and the tag of the image. */
  readonly version?: string;
  /** The Node executable to run it with. */
  readonly node?: string;
}

/** Enough to look around in a container, run scripts, and copy files with kubectl. */
const tools = [
  ...['sh', 'ls', 'cat', 'ps', 'sleep', 'echo', 'env', 'true', 'false', 'hostname', 'id', 'date'],
  ...['head', 'tail', 'grep', 'mkdir', 'rm', 'touch', 'tar', 'kill', 'dd', 'stat'],
];

const system: readonly LayerEntry[] = [
  {
    path: 'etc/passwd',
    content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  },
  { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
  { path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
  { path: 'root', directory: true, mode: 0o700 },
  { path: 'tmp', directory: true, mode: 0o1777 },
  { path: 'usr/bin', linkTo: '../bin' },
];

const app = fileURLToPath(new URL('../../../sample/app.js', import.meta.url));

/**
 * The sample application on this machine's own Node and shell, so that no registry is asked. Three layers: what the
 * machine's packages give, Node, and the few kilobytes of the application.
 */
export async function sampleImage({
  version = '1',
  node = process.execPath,
}: SampleOptions = {}): Promise<ImageSource> {
  const executable = await realpath(node);
  return {
    ref: `${sampleImageRef.slice(0, sampleImageRef.lastIndexOf(':'))}:${version}`,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    config: {
      entrypoint: ['/bin/node', '/app/app.js'],
      env: [`PATH=/bin`, `APP_VERSION=${version}`],
      workingDir: '/app',
    },
    layers: [
      [...system, ...(await hostTools(tools)), ...(await librariesOf([executable]))],
      [{ path: 'bin/node', hostPath: executable, mode: 0o755 }],
      [
        { path: 'app/app.js', hostPath: app },
        { path: 'app/package.json', content: '{"type":"module"}\n' },
      ],
    ],
  };
}
