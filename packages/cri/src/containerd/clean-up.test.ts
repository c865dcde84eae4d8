import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { sleep, systemClock } from '@berth/component-base';
import { startTestContainerd, whyNoContainerd } from '../testing/containerd.ts';
import type { TestContainerd } from '../testing/containerd.ts';
import { makeSpareImage } from '../testing/spare-image.ts';
import { removeOrphans } from './clean-up.ts';

const why = whyNoContainerd();

(why ? describe.skip : describe)('a containerd that dies in the middle of a creation', function () {
  this.timeout(120_000);
  let containerd: TestContainerd;
  before(async () => {
    containerd = await startTestContainerd([makeSpareImage('berth.dev/spare:1')]);
  });
  after(() => containerd.close());

  it('leaves nothing once its orphans are removed, and what is complete goes on', async () => {
    const { cri, options, ipamDir, dir } = containerd;
    const { runtime } = cri;
    const configOf = (name: string) => ({
      metadata: { name, uid: name, namespace: 'orphans', attempt: 0 },
      hostname: name,
      logDirectory: join(dir, name),
      labels: {},
      annotations: {},
      linux: { cgroupParent: `${containerd.cgroupParent}/${name}` },
    });
    const began = performance.now();
    const kept = await runtime.runPodSandbox(configOf('kept'), '');
    const takesMs = performance.now() - began;
    const { network } = await runtime.podSandboxStatus(kept);
    // From its first step to after its last.
    for (const part of [0.1, 0.25, 0.35, 0.45, 0.55, 0.65, 0.8, 1, 1.2]) {
      const doomed = runtime.runPodSandbox(configOf(`doomed-${part}`), '').catch(() => undefined);
      await sleep(systemClock, part * takesMs);
      await containerd.crash();
      await doomed;
    }
    const listed = async () => (await runtime.listPodSandbox()).map(({ id }) => id);
    const before = await listed();
    const removed = await removeOrphans(runtime, { ...options, ipamDir, clock: systemClock });
    const after = new Set(await listed());
    assert.deepEqual(
      before.filter((id) => !after.has(id) && !removed.includes(id)),
      [],
    );
    // As an agent does with pods that nobody wants any more.
    for (const { id } of await runtime.listPodSandbox()) {
      if (id === kept) continue;
      await runtime.stopPodSandbox(id);
      await runtime.removePodSandbox(id);
    }
    assert.deepEqual(await shims(options.socket), [kept]);
    assert.deepEqual(await names(join(options.state, 'runc/k8s.io')), [kept]);
    assert.equal((await names(join(options.state, 'io.containerd.grpc.v1.cri/netns'))).length, 1);
    assert.deepEqual((await names(join(ipamDir, 'test'))).filter(isIP), [network?.ip]);
    assert.deepEqual(
      await runtime.podSandboxStatus(kept).then((status) => status.state),
      'SANDBOX_READY',
    );
    assert.deepEqual(await removeOrphans(runtime, { ...options, ipamDir, clock: systemClock }), []);
  });
});

const names = (path: string) => readdir(path).catch(() => []);

async function shims(socket: string): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (const pid of await readdir('/proc')) {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const words = text.split('\0');
    if (/shim/.test(words[0] ?? '') && words.includes(socket))
      found.push(words[words.indexOf('-id') + 1]);
  }
  return found;
}
