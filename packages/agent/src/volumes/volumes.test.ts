import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Pod, Volume } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';

import type { PodFacts } from '../field-ref.ts';
import { createMemoryControlPlane, makeConfigMap, makePod, makeSecret } from '../testing/index.ts';
import type { MemoryControlPlane } from '../testing/index.ts';
import { writePayload } from './atomic-writer.ts';
import { prepareHostPath } from './host-path.ts';
import { parseMountPoints, systemMounter, unmountBelow } from './mounter.ts';
import { giveToGroup } from './ownership.ts';
import { payloadOf, projectionOf } from './projection.ts';
import { prepareSubPath } from './sub-path.ts';
import { createTokens } from './tokens.ts';
import { createVolumes } from './volumes.ts';
import type { Volumes } from './volumes.ts';

const isRoot = process.getuid?.() === 0;
const noMounts = { ...systemMounter, canMount: false };

let dir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'berth-volumes-')));
});
afterEach(async () => {
  if (isRoot) await unmountBelow(systemMounter, dir);
  await rm(dir, { recursive: true, force: true });
});

const payload = (files: Readonly<Record<string, string>>, mode = 0o644) =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

const read = (path: string) => readFile(join(dir, path), 'utf8');
const modeOf = async (path: string) => (await stat(join(dir, path))).mode & 0o7777;

describe('writePayload', () => {
  it('shows files through one link, with their modes', async () => {
    await writePayload(dir, payload({ a: '1', 'b/c': '2' }, 0o600), {}, 0);
    assert.equal(await read('a'), '1');
    assert.equal(await read('b/c'), '2');
    assert.equal(await modeOf('a'), 0o600);
    assert.equal(await readlink(join(dir, 'a')), '..data/a');
    assert.match(await readlink(join(dir, '..data')), /^\.\.1970_01_01_00_00_00\./);
  });

  it('swaps everything at once and leaves nothing behind', async () => {
    await writePayload(dir, payload({ a: '1', b: '1' }), {}, 0);
    const before = await readlink(join(dir, '..data'));
    await writePayload(dir, payload({ a: '2', c: '2' }), {}, 1);
    assert.notEqual(await readlink(join(dir, '..data')), before);
    assert.deepEqual((await readdir(dir)).filter((name) => !name.startsWith('..')).sort(), [
      'a',
      'c',
    ]);
    assert.equal((await readdir(dir)).length, 4);
  });

  it('does nothing when nothing changes', async () => {
    assert.equal(await writePayload(dir, payload({ a: '1' }), {}, 0), true);
    assert.equal(await writePayload(dir, payload({ a: '1' }), {}, 1), false);
    assert.equal(await writePayload(dir, payload({ a: '1' }, 0o400), {}, 2), true);
  });

  it('never shows a mixture of old and new to a reader', async () => {
    const both = (text: string) => payload({ a: text, b: text });
    await writePayload(dir, both('0'), {}, 0);
    const done = new AbortController();
    const reading = (async () => {
      while (!done.signal.aborted) {
        const data = await realpath(join(dir, '..data'));
        const [a, b] = await Promise.all(
          ['a', 'b'].map((name) => readFile(join(data, name), 'utf8').catch(() => 'gone')),
        );
        // A folder that is already replaced may be on its way out; what is still read of it is of one time.
        assert.ok(a === b || a === 'gone' || b === 'gone', `${a} and ${b}`);
      }
    })();
    for (let i = 1; i <= 50; i += 1) await writePayload(dir, both(String(i)), {}, i);
    done.abort();
    await reading;
  });

  it('lets a group read what belongs to it', async function () {
    if (!isRoot) return this.skip();
    await writePayload(dir, payload({ a: '1' }, 0o400), { group: 2000 }, 0);
    assert.equal((await stat(join(dir, 'a'))).gid, 2000);
    assert.equal(await modeOf('a'), 0o440);
  });
});

describe('projections', () => {
  const facts: PodFacts = {
    pod: makePod({ metadata: { labels: { a: 'b' } } }),
    podIps: [],
    hostIps: [],
    allocatable: {},
  };
  const objects = {
    configMap: (name: string) =>
      name === 'cm'
        ? { ...makeConfigMap('cm', { x: '1', y: '2' }), binaryData: { z: 'AAE=' } }
        : undefined,
    secret: (name: string) => (name === 's' ? makeSecret('s', { key: 'hidden' }) : undefined),
    tokens: new Map([['token', 't']]),
  };
  const of = (volume: Omit<Volume, 'name'>) => {
    const projection = projectionOf({ name: 'v', ...volume });
    assert.ok(projection);
    const files = payloadOf(facts, objects, projection.sources, projection.defaultMode);
    return Object.fromEntries(
      [...files].map(([path, { data, mode }]) => [path, [Buffer.from(data).toString(), mode]]),
    );
  };

  it('hold all keys, or the chosen ones under their paths and modes', () => {
    assert.deepEqual(of({ configMap: { name: 'cm' } }), {
      x: ['1', 0o644],
      y: ['2', 0o644],
      z: ['\0\u0001', 0o644],
    });
    const items = [{ key: 'y', path: 'deep/y', mode: 0o400 }];
    assert.deepEqual(of({ configMap: { name: 'cm', items, defaultMode: 0o600 } }), {
      'deep/y': ['2', 0o400],
    });
  });

  it('mix sources, the later over the earlier', () => {
    const sources = [
      { configMap: { name: 'cm', items: [{ key: 'x', path: 'same' }] } },
      { secret: { name: 's', items: [{ key: 'key', path: 'same' }] } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      { serviceAccountToken: { path: 'token' } },
    ];
    assert.deepEqual(of({ projected: { sources } }), {
      same: ['hidden', 0o644],
      labels: ['a="b"', 0o644],
      token: ['t', 0o644],
    });
  });

  it('say what is missing, unless it is optional', () => {
    const none = { name: 'none' };
    const items = [{ key: 'q', path: 'q' }];
    assert.throws(() => of({ configMap: none }), { message: 'configmap "none" not found' });
    assert.throws(() => of({ secret: { secretName: 'none' } }), {
      message: 'secret "none" not found',
    });
    assert.throws(() => of({ configMap: { name: 'cm', items } }), {
      message: 'references non-existent config key: q',
    });
    assert.deepEqual(of({ configMap: { ...none, optional: true } }), {});
    assert.deepEqual(of({ configMap: { name: 'cm', items, optional: true } }), {});
  });

  it('stay within their volume', () => {
    for (const path of ['../x', '/x', 'a/../../x', '..data', 'a//b', '']) {
      const items = [{ key: 'x', path }];
      assert.throws(() => of({ configMap: { name: 'cm', items } }), /invalid path/, path);
    }
  });
});

describe('prepareHostPath', () => {
  it('checks and makes what the type says', async () => {
    const path = join(dir, 'new');
    await assert.rejects(prepareHostPath({ path, type: 'Directory' }), {
      message: `hostPath type check failed: ${path} is not a directory`,
    });
    await prepareHostPath({ path, type: 'DirectoryOrCreate' });
    await prepareHostPath({ path, type: 'Directory' });
    await assert.rejects(prepareHostPath({ path, type: 'FileOrCreate' }), /is not a file/);
    await prepareHostPath({ path: join(path, 'file'), type: 'FileOrCreate' });
    await prepareHostPath({ path: '/dev/null', type: 'CharDevice' });
    await assert.rejects(prepareHostPath({ path: '/dev/null', type: 'Socket' }), /socket file/);
    await prepareHostPath({ path: join(dir, 'nothing') });
  });
});

describe('prepareSubPath', () => {
  const of = (subPath: string, mounter = noMounts) =>
    prepareSubPath({ volume: join(dir, 'v'), subPath, target: join(dir, 'target') }, mounter);
  beforeEach(async () => {
    await mkdir(join(dir, 'v/inside'), { recursive: true });
    await writeFile(join(dir, 'v/inside/file'), 'kept');
    await writeFile(join(dir, 'outside'), 'host');
  });

  it('finds files and folders, and makes folders', async () => {
    assert.equal(await of('inside/file'), join(dir, 'v/inside/file'));
    assert.equal(await of('a/./b'), join(dir, 'v/a/b'));
    assert.ok((await lstat(join(dir, 'v/a/b'))).isDirectory());
  });

  it('follows links that stay inside', async () => {
    await symlink('inside', join(dir, 'v/link'));
    assert.equal(await of('link/file'), join(dir, 'v/inside/file'));
  });

  for (const [what, target] of [
    ['up', '..'],
    ['to the root', '/'],
    ['to a file of the host', '../outside'],
  ] as const) {
    it(`refuses links ${what}`, async () => {
      await symlink(target, join(dir, 'v/link'));
      await assert.rejects(of('link'), /not within volume path/);
    });
  }

  it('does not make anything through a link that leads nowhere', async () => {
    await symlink(join(dir, 'made'), join(dir, 'v/link'));
    await assert.rejects(of('link/x'));
    await assert.rejects(lstat(join(dir, 'made')));
  });

  it('refuses paths that climb', async () => {
    for (const path of ['../outside', 'a/../../outside', '/etc']) {
      await assert.rejects(of(path), /relative path without/);
    }
  });

  it('mounts what it checked, though a link takes its place', async function () {
    if (!isRoot) return this.skip();
    const target = await of('inside/file', systemMounter);
    await rm(join(dir, 'v/inside/file'));
    await symlink(join(dir, 'outside'), join(dir, 'v/inside/file'));
    assert.equal(await readFile(target, 'utf8'), 'kept');
  });

  it('never reaches the host while a container swaps a folder for a link', async () => {
    const swap = join(dir, 'v/swap');
    const done = new AbortController();
    // What is made in the folder meanwhile may make a step fail; the next round goes on.
    const lost = () => undefined;
    const swapping = (async () => {
      while (!done.signal.aborted) {
        await rm(swap, { recursive: true, force: true }).catch(lost);
        await mkdir(swap).catch(lost);
        await rm(swap, { recursive: true, force: true }).catch(lost);
        await symlink(dir, swap).catch(lost);
      }
    })();
    for (let i = 0; i < 200; i += 1) {
      const path = await of('swap/outside').catch(() => undefined);
      assert.notEqual(path, join(dir, 'outside'));
    }
    done.abort();
    await swapping;
    assert.equal(await read('outside'), 'host');
  });
});

describe('giveToGroup', () => {
  it('hands a tree over and lets new files inherit the group', async function () {
    if (!isRoot) return this.skip();
    await mkdir(join(dir, 'a'));
    await writeFile(join(dir, 'a/f'), '', { mode: 0o600 });
    await symlink('/etc/passwd', join(dir, 'a/link'));
    await giveToGroup(dir, 2000, undefined);
    assert.equal((await stat(join(dir, 'a/f'))).gid, 2000);
    assert.equal(await modeOf('a/f'), 0o660);
    assert.equal((await modeOf('a')) & 0o2070, 0o2070);
    assert.notEqual((await stat('/etc/passwd')).gid, 2000);
    await chmod(join(dir, 'a/f'), 0o600);
    await giveToGroup(dir, 2000, 'OnRootMismatch');
    assert.equal(await modeOf('a/f'), 0o600);
  });
});

describe('parseMountPoints', () => {
  it('reads the table of the kernel', () => {
    const table =
      '22 1 0:21 / /proc rw - proc proc rw\n30 1 0:22 / /with\\040space rw - tmpfs tmpfs rw\n';
    assert.deepEqual(parseMountPoints(table), ['/proc', '/with space']);
  });
});

describe('volumes', () => {
  const clock = createFakeClock();
  let controlPlane: MemoryControlPlane;
  let volumes: Volumes;
  const paths = () => ({ dataDir: join(dir, 'data'), podLogsDir: join(dir, 'logs') });
  beforeEach(() => {
    controlPlane = createMemoryControlPlane(clock);
    const tokens = createTokens(controlPlane, clock);
    const mounter = systemMounter;
    volumes = createVolumes({ paths: paths(), tokens, mounter, clock });
  });

  const objects = {
    configMap: (name: string) => controlPlane.configMaps.get(`default/${name}`),
    secret: (name: string) => controlPlane.secrets.get(`default/${name}`),
  };
  const prepare = (pod: Pod) =>
    volumes.prepare({ pod, podIps: [], hostIps: [], allocatable: {} }, objects);
  const podWith = (...all: Volume[]) => makePod({ spec: { volumes: all } });

  it('are kept apart by pod and kind, secrets in memory', async () => {
    controlPlane.configMaps.put(makeConfigMap('cm', { k: 'v' }));
    controlPlane.secrets.put(makeSecret('s', { k: 'hidden' }));
    const pod = podWith(
      { name: 'c', configMap: { name: 'cm' } },
      { name: 's', secret: { secretName: 's' } },
      { name: 'e', emptyDir: {} },
      { name: 'h', hostPath: { path: '/etc' } },
    );
    const { volumes: ready, problems } = await prepare(pod);
    assert.deepEqual(problems, []);
    const base = join(paths().dataDir, 'pods', pod.metadata.uid, 'volumes');
    assert.deepEqual(ready.get('c'), {
      path: join(base, 'kubernetes.io~configmap/c'),
      readOnly: true,
    });
    assert.deepEqual(ready.get('h'), { path: '/etc', readOnly: false });
    assert.equal(await readFile(join(base, 'kubernetes.io~secret/s/k'), 'utf8'), 'hidden');
    if (isRoot) {
      const path = ready.get('s')?.path ?? '';
      assert.ok(path.startsWith(join(paths().dataDir, 'memory')));
      const mounts = await systemMounter.mountsBelow(paths().dataDir);
      assert.deepEqual(mounts, [join(paths().dataDir, 'memory')]);
    }
    assert.equal((await stat(ready.get('e')?.path ?? '')).mode & 0o777, 0o777);
    await volumes.remove(pod.metadata.uid);
    assert.deepEqual(await readdir(join(paths().dataDir, 'pods')), []);
    assert.deepEqual(await readdir(join(paths().dataDir, 'memory')), []);
  });

  it('follow their objects, and stay good when those go', async () => {
    controlPlane.configMaps.put(makeConfigMap('cm', { k: '1' }));
    const pod = podWith({ name: 'c', configMap: { name: 'cm' } });
    const path = (await prepare(pod)).volumes.get('c')?.path ?? '';
    controlPlane.configMaps.put(makeConfigMap('cm', { k: '2' }));
    await prepare(pod);
    assert.equal(await readFile(join(path, 'k'), 'utf8'), '2');
    controlPlane.configMaps.remove('default/cm');
    const { volumes: ready, problems } = await prepare(pod);
    assert.equal(problems.length, 1);
    assert.equal(ready.get('c')?.path, path);
    assert.equal(await readFile(join(path, 'k'), 'utf8'), '2');
  });

  it('tell apart what is ready and what is not', async () => {
    const pod = podWith(
      { name: 'bad', configMap: { name: 'none' } },
      { name: 'odd', nfs: { server: 's', path: '/' } },
      { name: 'good', emptyDir: {} },
    );
    const { volumes: ready, problems } = await prepare(pod);
    assert.deepEqual([...ready.keys()], ['good']);
    assert.deepEqual(problems.map(({ message }) => message).sort(), [
      'MountVolume.SetUp failed for volume "bad" : configmap "none" not found',
      'MountVolume.SetUp failed for volume "odd" : failed to get Plugin from volumeSpec for volume "odd" err=no volume plugin matched',
    ]);
  });

  it('give memory to those who ask, limited', async function () {
    if (!isRoot) return this.skip();
    const pod = podWith({ name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '64Ki' } });
    const path = (await prepare(pod)).volumes.get('m')?.path ?? '';
    await prepare(pod);
    assert.deepEqual(await systemMounter.mountsBelow(join(paths().dataDir, 'pods')), [path]);
    await assert.rejects(writeFile(join(path, 'big'), Buffer.alloc(128 * 1024)), /ENOSPC/);
    await volumes.remove(pod.metadata.uid);
    assert.deepEqual(await systemMounter.mountsBelow(join(paths().dataDir, 'pods')), []);
  });

  it('refresh tokens after four fifths of their life, and keep the old one while they cannot', async () => {
    const serviceAccountToken = { path: 'token', expirationSeconds: 1000 };
    const pod = podWith({ name: 't', projected: { sources: [{ serviceAccountToken }] } });
    const first = await prepare(pod);
    assert.equal(first.refreshAt, clock.now() + 800_000);
    const token = () => readFile(join(first.volumes.get('t')?.path ?? '', 'token'), 'utf8');
    assert.equal(await token(), 'default/default/1');
    await clock.advance(799_000);
    await prepare(pod);
    assert.equal(await token(), 'default/default/1');
    controlPlane.cut(true);
    await clock.advance(1000);
    assert.deepEqual((await prepare(pod)).problems, []);
    assert.equal(await token(), 'default/default/1');
    controlPlane.cut(false);
    await clock.advance(10_000);
    await prepare(pod);
    assert.equal(await token(), 'default/default/2');
  });

  it('never lead out of their folders', async () => {
    const pod = podWith({ name: '../../x', emptyDir: {} });
    assert.match((await prepare(pod)).problems[0]?.message ?? '', /not a file name/);
    await assert.rejects(volumes.remove('..'), /not a file name/);
  });
});
