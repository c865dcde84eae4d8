import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { PodStatus } from '@berth/api';
import { silentLogger, systemClock } from '@berth/component-base';
import { sampleImage, sampleImageRef } from '@berth/cri';
import { startTestContainerd, whyNoContainerd } from '@berth/cri/testing';
import type { TestContainerd } from '@berth/cri/testing';

import { createAgent } from './agent.ts';
import { createMemoryControlPlane, makeConfigMap, makePod, makeSecret } from './testing/index.ts';
import { testMachine } from './testing/index.ts';
import { systemMounter, unmountBelow } from './volumes/mounter.ts';

const patience = 60_000;

describe('agent over containerd', function () {
  this.timeout(120_000);
  let containerd: TestContainerd;
  let paths: { dataDir: string; podLogsDir: string };
  const controlPlane = createMemoryControlPlane(systemClock);
  let stop = new AbortController();
  let running: Promise<void> = Promise.resolve();

  before(async function () {
    const why = whyNoContainerd();
    if (why !== undefined) return this.skip();
    containerd = await startTestContainerd([await sampleImage()]);
    paths = { dataDir: join(containerd.dir, 'agent'), podLogsDir: join(containerd.dir, 'logs') };
    start();
  });
  after(async () => {
    stop.abort();
    await running;
    if (whyNoContainerd() !== undefined) return;
    await unmountBelow(systemMounter, paths.dataDir);
    await containerd.close();
  });

  function start() {
    stop = new AbortController();
    running = createAgent({
      controlPlane,
      cri: containerd.cri,
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      nodeName: 'node',
      nodeIps: ['192.168.0.1'],
      version: 'v1.36.0+test',
      machine: testMachine,
      paths,
      cgroupRoot: containerd.cgroupParent,
    }).run(stop.signal);
  }

  const status = (key: string): PodStatus => controlPlane.pods.get(key)?.status ?? {};
  const isReady = (key: string) =>
    status(key).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');

  async function eventually(what: string, check: () => boolean | undefined | Promise<boolean>) {
    for (const until = Date.now() + patience; Date.now() < until;) {
      if (await check()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const seen = [...controlPlane.events.slice(-8), controlPlane.statuses.at(-1)];
    assert.fail(`${what} did not happen: ${JSON.stringify(seen, null, 1)}`);
  }

  async function run(id: string, command: readonly string[]) {
    const { stdout, exitCode } = await containerd.cri.runtime.execSync(id, command, 5);
    return { text: Buffer.from(stdout).toString('utf8'), exitCode };
  }

  async function logsOf(pod: string, { previous = false } = {}) {
    const target = { namespace: 'default', pod, uid: '', container: 'app' };
    const options = { follow: false, previous, timestamps: false };
    const chunks: Uint8Array[] = [];
    for await (const chunk of controlPlane.streams().logs(target, options, stop.signal)) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  it('runs a pod with volumes, environment and probes, follows changes, and leaves nothing', async () => {
    controlPlane.configMaps.put(makeConfigMap('settings', { greeting: 'hello' }));
    controlPlane.secrets.put(makeSecret('hidden', { key: 'secret' }));
    controlPlane.pods.put(
      makePod({
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: {
          securityContext: { fsGroup: 2000 },
          serviceAccountName: 'default',
          volumes: [
            { name: 'settings', configMap: { name: 'settings' } },
            { name: 'hidden', secret: { secretName: 'hidden', defaultMode: 0o400 } },
            { name: 'scratch', emptyDir: {} },
            { name: 'fast', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
            {
              name: 'mix',
              projected: {
                sources: [
                  { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
                  {
                    downwardAPI: {
                      items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
                    },
                  },
                ],
              },
            },
          ],
          containers: [
            {
              name: 'app',
              image: sampleImageRef,
              imagePullPolicy: 'IfNotPresent',
              command: [
                '/bin/sh',
                '-c',
                'echo started $WHO; echo bye > /dev/termination-log; exec sleep 1000',
              ],
              env: [
                { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              ],
              terminationMessagePath: '/dev/termination-log',
              resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
              readinessProbe: { exec: { command: ['cat', '/scratch/ready'] }, periodSeconds: 1 },
              lifecycle: { postStart: { exec: { command: ['touch', '/scratch/ready'] } } },
              volumeMounts: [
                { name: 'settings', mountPath: '/settings' },
                { name: 'settings', mountPath: '/greeting', subPath: 'greeting' },
                { name: 'hidden', mountPath: '/hidden' },
                { name: 'scratch', mountPath: '/scratch' },
                { name: 'scratch', mountPath: '/sub', subPath: 'deep/er' },
                { name: 'fast', mountPath: '/fast' },
                { name: 'mix', mountPath: '/mix' },
              ],
            },
          ],
        },
      }),
    );
    await eventually('readiness', () => isReady('default/web'));
    const { podIP = '', containerStatuses = [] } = status('default/web');
    const id = containerStatuses[0]?.containerID?.split('//')[1] ?? '';
    const script =
      'cat /settings/greeting /greeting /hidden/key /mix/labels; echo; echo $IP; id -G; stat -c %g /scratch; cat /etc/hosts; ls -d /sub';
    const { text } = await run(id, ['sh', '-c', script]);
    assert.match(text, /^hellohellosecretapp="web"\n/);
    assert.ok(text.includes(`\n${podIP}\n`), text);
    assert.match(text, /2000/);
    assert.ok(text.includes(`${podIP}\tweb`), text);
    assert.match(text, /\/sub/);
    const token = (await run(id, ['cat', '/mix/token'])).text;
    assert.equal(token, 'default/default/1');
    assert.notEqual((await run(id, ['sh', '-c', 'echo x > /settings/new'])).exitCode, 0);

    controlPlane.configMaps.put(makeConfigMap('settings', { greeting: 'ahoy' }));
    await eventually(
      'the new greeting',
      async () => (await run(id, ['cat', '/settings/greeting'])).text === 'ahoy',
    );

    assert.equal(await logsOf('web'), 'started web\n');

    stop.abort();
    await running;
    const before = controlPlane.statuses.length;
    start();
    await eventually('adoption', () => controlPlane.heartbeats() > 1);
    assert.equal(status('default/web').containerStatuses?.[0]?.containerID, `containerd://${id}`);
    assert.equal(controlPlane.statuses.length, before);

    controlPlane.deletePod('default/web', 1);
    await eventually('the end', () => controlPlane.pods.get('default/web') === undefined);
    const last = controlPlane.statuses.at(-1)?.status;
    assert.equal(last?.containerStatuses?.[0]?.state?.terminated?.message, 'bye\n');
    assert.deepEqual(await containerd.cri.runtime.listPodSandbox(), []);
    assert.deepEqual(await readdir(join(paths.dataDir, 'pods')), []);
    assert.deepEqual(await readdir(paths.podLogsDir), []);
    assert.deepEqual(await systemMounter.mountsBelow(join(paths.dataDir, 'pods')), []);
  });

  const shell = (script: string) => ({
    name: 'app',
    image: sampleImageRef,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '-c', script],
  });

  it('keeps pods through the death of the runtime, and reports how containers end', async () => {
    const spec = { containers: [shell('exec sleep 1000')] };
    controlPlane.pods.put(makePod({ metadata: { name: 'steady' }, spec }));
    const failing = { containers: [shell('echo once; exit 3')] };
    controlPlane.pods.put(makePod({ metadata: { name: 'crash' }, spec: failing }));
    await eventually('readiness', () => isReady('default/steady'));
    const crashed = () => status('default/crash').containerStatuses?.[0];
    await eventually('back-off', () => crashed()?.state?.waiting?.reason === 'CrashLoopBackOff');
    assert.equal(crashed()?.restartCount, 1);
    assert.equal(crashed()?.lastState?.terminated?.exitCode, 3);
    assert.equal(await logsOf('crash', { previous: true }), 'once\n');

    const before = status('default/steady').containerStatuses?.[0]?.containerID;
    await containerd.crash();
    controlPlane.pods.put(makePod({ metadata: { name: 'later' }, spec }));
    await eventually('a pod on the new runtime', () => isReady('default/later'));
    assert.equal(status('default/steady').containerStatuses?.[0]?.containerID, before);
    assert.ok(isReady('default/steady'));

    for (const name of ['steady', 'crash', 'later']) controlPlane.deletePod(`default/${name}`, 1);
    await eventually('the end', () => controlPlane.pods.list().length === 0);
    assert.deepEqual(await containerd.cri.runtime.listPodSandbox(), []);
  });

  it('makes good what the death of the runtime left half made', async () => {
    const kills = 5;
    for (let i = 0; i < kills; i += 1) {
      const name = `half-${i}`;
      const spec = { containers: [shell('exec sleep 1000')], restartPolicy: 'Never' };
      controlPlane.pods.put(makePod({ metadata: { name }, spec }));
      // Somewhere between the making of the sandbox and the start of the container.
      await new Promise((resolve) => setTimeout(resolve, (300 * i) / kills));
      await containerd.crash();
      await eventually(`readiness of ${name}`, () => isReady(`default/${name}`));
    }
    const { runtime } = containerd.cri;
    const sandboxes = await runtime.listPodSandbox();
    const names = sandboxes.filter(({ state }) => state === 'SANDBOX_READY');
    assert.equal(new Set(names.map(({ metadata }) => metadata.name)).size, kills);
    assert.equal(names.length, kills);
    for (let i = 0; i < kills; i += 1) controlPlane.deletePod(`default/half-${i}`, 1);
    await eventually('the end', () => controlPlane.pods.list().length === 0);
    assert.deepEqual(await runtime.listPodSandbox(), []);
  });
});
