import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Pod } from '@berth/api';

import { createDiskFiles } from './disk-files.ts';
import type { PodFiles } from './pod-files.ts';
import type { ContainerInfo } from './pod-runtime.ts';
import { makePod } from './testing/index.ts';
import { systemMounter } from './volumes/mounter.ts';

describe('files on disk', () => {
  let dir: string;
  let files: PodFiles;
  let removed: string[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-files-'));
    removed = [];
    files = createDiskFiles({
      paths: { dataDir: join(dir, 'data'), podLogsDir: join(dir, 'logs') },
      mounter: { ...systemMounter, canMount: false },
      clusterDomain: 'cluster.local',
      volumes: {
        prepare: async () => ({ volumes: new Map(), problems: [] }),
        remove: async (uid) => void removed.push(uid),
      },
    });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const specOf = (pod: Pod) => ({ kind: 'app' as const, container: pod.spec.containers[0]! });
  const mounts = (pod: Pod, volumes = new Map(), env = new Map<string, string>()) =>
    files.mounts({
      pod,
      spec: specOf(pod),
      attempt: 2,
      volumes,
      env,
    });
  const podWith = (container: object) =>
    makePod({ metadata: { uid: 'u' }, spec: { containers: [{ name: 'c', ...container }] } });

  it('give each container hosts, a place for its last word, and a folder for its logs', async () => {
    const pod = podWith({ terminationMessagePath: '/dev/termination-log' });
    const [hosts, message] = await mounts(pod);
    assert.equal(hosts?.containerPath, '/etc/hosts');
    assert.ok((await stat(hosts.hostPath)).isFile());
    assert.equal(message?.containerPath, '/dev/termination-log');
    assert.equal((await stat(message.hostPath)).mode & 0o777, 0o666);
    assert.deepEqual(await readdir(files.logDirectory(pod)), ['c']);
    await writeFile(message.hostPath, 'x'.repeat(5000));
    assert.equal((await files.terminationMessage(message.hostPath)).length, 4096);
    assert.equal(await files.terminationMessage('/nowhere'), '');
  });

  it('let the containers of a pod share one file of hosts', async () => {
    const pod = podWith({});
    await files.writeHosts(pod, specOf(pod), ['10.0.0.1']);
    const [hosts] = await mounts(pod);
    const { ino } = await stat(hosts!.hostPath);
    const saysWhere = async (line: RegExp) =>
      assert.match(await readFile(hosts!.hostPath, 'utf8'), line);
    await saysWhere(/^10\.0\.0\.1\ta$/m);
    await files.writeHosts(pod, specOf(pod), ['10.0.0.2']);
    await saysWhere(/^10\.0\.0\.2\ta$/m);
    assert.equal((await stat(hosts!.hostPath)).ino, ino);

    const own = podWith({ volumeMounts: [{ name: 'v', mountPath: '/etc/hosts/' }] });
    await files.writeHosts(own, specOf(own), ['10.0.0.3']);
    await saysWhere(/^10\.0\.0\.2\ta$/m);
  });

  it('mount volumes where the container wants them', async () => {
    const volume = join(dir, 'v');
    const volumes = new Map([['v', { path: volume, readOnly: false }]]);
    await writeFile(volume, '');
    const pod = podWith({
      volumeMounts: [
        { name: 'v', mountPath: '/etc/hosts', readOnly: true },
        { name: 'v', mountPath: 'rel', mountPropagation: 'HostToContainer' },
      ],
    });
    assert.deepEqual(await mounts(pod, volumes), [
      {
        containerPath: '/etc/hosts',
        hostPath: volume,
        readonly: true,
        propagation: 'PROPAGATION_PRIVATE',
      },
      {
        containerPath: '/rel',
        hostPath: volume,
        readonly: false,
        propagation: 'PROPAGATION_HOST_TO_CONTAINER',
      },
    ]);
  });

  it('put variables into subpaths', async () => {
    const volumes = new Map([['v', { path: dir, readOnly: false }]]);
    const pod = podWith({
      volumeMounts: [{ name: 'v', mountPath: '/m', subPathExpr: 'a/$(NAME)' }],
    });
    const [mount] = await mounts(pod, volumes, new Map([['NAME', 'b']]));
    assert.equal(mount?.hostPath, join(dir, 'a/b'));
    for (const env of [new Map<string, string>(), new Map([['NAME', '']])]) {
      await assert.rejects(mounts(pod, volumes, env), { message: 'missing value for NAME' });
    }
    await assert.rejects(mounts(pod), /cannot find volume "v"/);
  });

  it('know the end of a log', async () => {
    const path = join(dir, 'log');
    const lines = Array.from({ length: 200 }, (_, n) => `2026-01-01T00:00:00Z stdout F ${n}\n`);
    await writeFile(path, lines.join(''));
    const tail = await files.logTail(path);
    assert.ok(tail.endsWith('198\n199\n'));
    assert.ok(tail.split('\n').length <= 81);
    await writeFile(
      path,
      '2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:01Z stdout P DONE\n',
    );
    assert.equal(await files.logTail(path), 'one\nDONE');
  });

  it('of a container go with it, and only those', async () => {
    const pod = podWith({ terminationMessagePath: '/dev/termination-log' });
    const [, message] = await mounts(pod);
    const logs = join(files.logDirectory(pod), 'c');
    for (const name of ['0.log', '0.log.1.gz', '1.log', '10.log']) {
      await writeFile(join(logs, name), '');
    }
    const outside = join(dir, '0.log');
    await writeFile(outside, '');
    const removeLogged = (logPath: string) =>
      files.removeContainer('u', { name: 'c', attempt: 2, logPath } as ContainerInfo);
    await removeLogged(join(logs, '0.log'));
    await removeLogged(outside);
    assert.deepEqual((await readdir(logs)).sort(), ['1.log', '10.log']);
    await assert.rejects(stat(message?.hostPath ?? ''), /ENOENT/);
    await stat(outside);
  });

  it('go with the pod, and are found when the pod is gone', async () => {
    const pod = podWith({});
    await mounts(pod);
    assert.deepEqual(await files.uids(), ['u']);
    await files.removePod('u');
    assert.deepEqual(removed, ['u']);
    assert.deepEqual(await readdir(join(dir, 'logs')), []);
  });
});
