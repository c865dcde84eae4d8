import assert from 'node:assert/strict';

import type { ContainerStatus, PodStatus } from '@berth/api';
import { CriError } from '@berth/cri';

import { makeConfigMap, makePod, makeSecret, startAgent } from './testing/index.ts';
import type { TestAgent } from './testing/index.ts';

const second = 1000;
const minute = 60 * second;
const image = 'busybox';
const container = (name: string) => ({ name, image, imagePullPolicy: 'IfNotPresent' });

describe('agent', () => {
  let agent: TestAgent;
  beforeEach(async () => void (agent = await startAgent()));
  afterEach(() => agent.stop());

  const status = (key = 'default/a'): PodStatus => agent.controlPlane.pods.get(key)?.status ?? {};
  const first = (key?: string): ContainerStatus | undefined => status(key).containerStatuses?.[0];
  const condition = (type: string) =>
    status().conditions?.find((candidate) => candidate.type === type);
  const reasons = () => agent.controlPlane.events.map(({ reason }) => reason);
  const pass = async (ms: number) => {
    await agent.clock.advance(ms);
    await agent.settle();
  };
  const put = async (pod: Parameters<typeof makePod>[0] = {}) => {
    agent.controlPlane.pods.put(makePod(pod));
    await agent.settle();
  };
  /** Another agent process over the same node. */
  const restart = async () => {
    await agent.stop();
    agent = await startAgent(agent);
  };

  describe('starting', () => {
    it('runs a pod until it is ready, without waiting for anything', async () => {
      await put();
      assert.equal(status().phase, 'Running');
      assert.equal(status().podIP, '10.0.0.1');
      assert.deepEqual(status().hostIPs, [{ ip: '192.168.0.1' }]);
      assert.deepEqual(
        status().conditions?.map(({ type, status }) => `${type}=${status}`),
        [
          'PodReadyToStartContainers=True',
          'Initialized=True',
          'Ready=True',
          'ContainersReady=True',
          'PodScheduled=True',
        ],
      );
      assert.deepEqual(agent.cri.calls, [
        'runPodSandbox a/0',
        'createContainer c/0',
        'startContainer c',
      ]);
      assert.deepEqual(reasons(), ['Pulled', 'Created', 'Started']);
      assert.equal(first()?.containerID?.startsWith('fake://container-'), true);
    });

    it('asks the runtime no more than has to be known', async () => {
      const before = agent.cri.questions.length;
      await put();
      assert.equal(status().phase, 'Running');
      const asked = agent.cri.questions.slice(before);
      assert.deepEqual(asked, ['imageStatus', 'podSandboxStatus', 'containerStatus']);
    });

    it('takes what vanished while it was being looked at for gone', async () => {
      agent.cri.before('containerStatus', () => {
        throw new CriError('NotFound', 'no such container');
      });
      await put();
      assert.equal(status().phase, 'Running');
    });

    it('makes a container while the address of its pod is asked for, unless it wants to know it', async () => {
      let answer: () => void = () => undefined;
      const hold = () =>
        agent.cri.before('podSandboxStatus', () => new Promise<void>((go) => (answer = go)));
      hold();
      await put();
      assert.deepEqual(agent.cri.calls, ['runPodSandbox a/0', 'createContainer c/0']);
      answer();
      await agent.settle();
      assert.deepEqual([status().phase, status().podIP], ['Running', '10.0.0.1']);

      hold();
      const before = agent.cri.calls.length;
      const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
      await put({
        metadata: { name: 'b', uid: 'b' },
        spec: { containers: [{ ...container('d'), env }] },
      });
      assert.deepEqual(agent.cri.calls.slice(before), ['runPodSandbox b/0']);
      answer();
      await agent.settle();
      assert.equal(status('default/b').phase, 'Running');
      assert.deepEqual(agent.cri.config('d')?.envs, [{ key: 'IP', value: '10.0.0.2' }]);
    });

    it('starts nothing in a sandbox whose address cannot be found out, and tries again', async () => {
      agent.cri.before('podSandboxStatus', () => {
        throw new CriError('Unknown', 'no answer');
      });
      await put();
      assert.equal(status().phase, 'Pending');
      assert.ok(!agent.cri.calls.includes('startContainer c'));
      assert.deepEqual(reasons(), ['FailedCreatePodSandBox', 'Pulled', 'Created']);
      await pass(2 * second);
      assert.deepEqual([status().phase, status().podIP], ['Running', '10.0.0.1']);
      assert.equal(agent.cri.sandboxes().length, 1);
    });

    const shown = () =>
      agent.controlPlane.statuses.map(({ status }) => [
        status.phase,
        status.containerStatuses?.[0]?.state?.waiting?.reason,
      ]);

    it('writes the status of a quick start once: running', async () => {
      await put();
      assert.deepEqual(shown(), [['Running', undefined]]);
      await pass(2 * second);
      assert.deepEqual(shown(), [['Running', undefined]]);
    });

    it('says after half a second of a start that containers are being made, and since when', async () => {
      let go: () => void = () => undefined;
      agent.cri.before('runPodSandbox', () => new Promise<void>((resolve) => (go = resolve)));
      const startTime = new Date(agent.clock.now()).toISOString().replace('.000Z', 'Z');
      await put();
      await pass(400);
      assert.deepEqual(shown(), []);
      await pass(100);
      assert.deepEqual(shown(), [['Pending', 'ContainerCreating']]);
      await pass(3 * second);
      go();
      await agent.settle();
      assert.deepEqual(shown().slice(1), [['Running', undefined]]);
      assert.equal(status().startTime, startTime);
    });

    it('has a quick start begin when the pod was first seen', async () => {
      let go: () => void = () => undefined;
      agent.cri.before('startContainer', () => new Promise<void>((resolve) => (go = resolve)));
      const startTime = new Date(agent.clock.now()).toISOString().replace('.000Z', 'Z');
      await pass(0);
      await put();
      await pass(499);
      go();
      await agent.settle();
      assert.deepEqual(shown(), [['Running', undefined]]);
      assert.equal(status().startTime, startTime);
    });

    it('looks again at a container that ends while it is being started', async () => {
      agent.cri.before('startContainer', () => {
        setImmediate(() => agent.cri.exit('c', 3));
      });
      await put({ spec: { restartPolicy: 'Never' } });
      await pass(2 * second);
      assert.equal(status().phase, 'Failed');
      assert.equal(first()?.state?.terminated?.exitCode, 3);
    });

    it('is quiet while nothing happens', async () => {
      await put();
      const before = agent.controlPlane.statuses.length;
      await pass(5 * minute);
      assert.equal(agent.controlPlane.statuses.length, before);
      assert.equal(agent.cri.calls.length, 3);
    });

    it('runs init containers in order and notices their end', async () => {
      await put({ spec: { initContainers: [container('i')] } });
      assert.equal(first()?.state?.waiting?.reason, 'PodInitializing');
      assert.equal(condition('Initialized')?.reason, 'ContainersNotInitialized');
      assert.equal(condition('Initialized')?.message, 'containers with incomplete status: [i]');
      agent.cri.exit('i', 0);
      await pass(60);
      assert.equal(status().phase, 'Running');
      assert.equal(status().initContainerStatuses?.[0]?.ready, true);
    });

    it('starts all sidecars and apps at once', async () => {
      const sidecar = { ...container('s'), restartPolicy: 'Always' };
      await put({ spec: { initContainers: [sidecar, { ...sidecar, name: 't' }] } });
      assert.equal(status().phase, 'Running');
      assert.deepEqual(
        status().initContainerStatuses?.map(({ started, ready }) => [started, ready]),
        [
          [true, true],
          [true, true],
        ],
      );
    });

    it('waits for a config map and goes on as soon as it comes', async () => {
      const volumes = [{ name: 'v', configMap: { name: 'settings' } }];
      await put({ spec: { volumes } });
      await pass(500);
      assert.equal(first()?.state?.waiting?.reason, 'ContainerCreating');
      // It may be on its way behind the pod: only what stays missing is worth an event.
      assert.deepEqual(reasons(), []);
      await pass(30_000);
      assert.equal(
        agent.controlPlane.events[0]?.message,
        'MountVolume.SetUp failed for volume "v" : configmap "settings" not found',
      );
      assert.deepEqual(agent.cri.calls, []);
      agent.controlPlane.configMaps.put(makeConfigMap('settings', {}));
      await agent.settle();
      assert.equal(status().phase, 'Running');
    });

    it('says what a container lacks to be made', async () => {
      const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }];
      await put({ spec: { containers: [{ ...container('c'), env }] } });
      assert.deepEqual(first()?.state?.waiting, {
        reason: 'CreateContainerConfigError',
        message: 'secret "s" not found',
      });
      agent.controlPlane.secrets.put(makeSecret('s', { k: 'value' }));
      await agent.settle();
      assert.equal(first()?.restartCount, 0);
      assert.ok(first()?.state?.running);
      assert.deepEqual(
        agent.cri.config('c')?.envs?.find(({ key }) => key === 'A'),
        { key: 'A', value: 'value' },
      );
    });

    it('backs off from pulling an image that cannot be pulled', async () => {
      const fail = () => {
        throw new CriError('Unknown', 'no such host');
      };
      for (let time = 0; time < 2; time += 1) agent.cri.before('pullImage', fail);
      await put({ spec: { containers: [{ ...container('c'), image: 'far/away' }] } });
      assert.deepEqual(first()?.state?.waiting, {
        reason: 'ErrImagePull',
        message: 'no such host',
      });
      await pass(9 * second);
      agent.controlPlane.configMaps.put(makeConfigMap('unrelated', {}));
      await pass(second);
      assert.equal(agent.cri.calls.filter((call) => call === 'pullImage far/away').length, 2);
      await pass(15 * second);
      await pass(5 * second);
      assert.ok(first()?.state?.running);
    });

    it('starts again with the next attempt when the sandbox could not be made', async () => {
      agent.cri.before('runPodSandbox', () => {
        throw new CriError('Unknown', 'no address left');
      });
      await put();
      assert.ok(reasons().includes('FailedCreatePodSandBox'));
      await pass(second);
      assert.deepEqual(agent.cri.calls.slice(0, 2), ['runPodSandbox a/0', 'runPodSandbox a/1']);
      assert.equal(status().phase, 'Running');
    });

    it('adds an ephemeral container to a pod that runs', async () => {
      await put();
      const pod = agent.controlPlane.pods.get('default/a')!;
      const ephemeralContainers = [{ ...container('debug'), targetContainerName: 'c' }];
      agent.controlPlane.pods.put({ ...pod, spec: { ...pod.spec, ephemeralContainers } });
      await agent.settle();
      assert.ok(status().ephemeralContainerStatuses?.[0]?.state?.running);
      assert.equal(condition('Ready')?.status, 'True');
      const { namespaceOptions } = agent.cri.config('debug')?.linux?.securityContext ?? {};
      assert.equal(namespaceOptions?.pid, 'TARGET');
      agent.cri.exit('debug', 1);
      await pass(second);
      await pass(minute);
      assert.equal(agent.cri.calls.filter((call) => call === 'startContainer debug').length, 1);
    });

    it('waits for the network', async () => {
      await agent.stop();
      const [ready] = agent.cri.conditions;
      const network = {
        type: 'NetworkReady',
        status: false,
        reason: 'NoCni',
        message: 'no config',
      };
      agent.cri.conditions = [...(ready ? [ready] : []), network];
      agent = await startAgent(agent);
      await put();
      assert.equal(status().phase, 'Pending');
      assert.match(agent.controlPlane.events[0]?.message ?? '', /NetworkReady=false reason:NoCni/);
      agent.cri.conditions = [...(ready ? [ready] : []), { ...network, status: true }];
      await pass(2 * second);
      assert.equal(status().phase, 'Running');
    });
  });

  describe('restarting containers', () => {
    it('restarts a crashed container, then backs off', async () => {
      await put();
      agent.cri.exit('c', 1);
      await pass(second);
      assert.equal(first()?.restartCount, 1);
      assert.equal(first()?.lastState?.terminated?.exitCode, 1);
      agent.cri.exit('c', 1);
      await pass(second);
      assert.equal(first()?.state?.waiting?.reason, 'CrashLoopBackOff');
      assert.match(first()?.state?.waiting?.message ?? '', /^back-off 10s restarting failed/);
      assert.equal(status().phase, 'Running');
      assert.equal(condition('Ready')?.status, 'False');
      await pass(10 * second);
      assert.equal(first()?.restartCount, 2);
      assert.ok(first()?.state?.running);
    });

    it('lets a job succeed or fail', async () => {
      await put({ spec: { restartPolicy: 'Never' } });
      agent.cri.exit('c', 0);
      await pass(second);
      assert.equal(status().phase, 'Succeeded');
      assert.equal(condition('Ready')?.reason, 'PodCompleted');
      await put({ metadata: { name: 'b' }, spec: { restartPolicy: 'Never' } });
      agent.cri.exit('c', 7);
      await pass(second);
      assert.equal(status('default/b').phase, 'Failed');
      assert.equal(first('default/b')?.state?.terminated?.exitCode, 7);
    });

    it('ends a pod whose time is up', async () => {
      await put({ spec: { activeDeadlineSeconds: 20 } });
      await pass(21 * second);
      assert.equal(status().phase, 'Failed');
      assert.equal(status().reason, 'DeadlineExceeded');
    });

    it('makes a new sandbox when the old one dies', async () => {
      await put();
      const [sandbox] = agent.cri.sandboxes();
      await agent.cri.runtime.stopPodSandbox(sandbox?.id ?? '');
      await pass(second);
      assert.ok(agent.cri.calls.includes('runPodSandbox a/1'));
      assert.equal(first()?.restartCount, 1);
      assert.equal(status().podIP, '10.0.0.2');
    });

    it('restarts what its liveness probe finds dead', async () => {
      const livenessProbe = {
        exec: { command: ['alive'] },
        periodSeconds: 1,
        failureThreshold: 2,
      };
      await put({ spec: { containers: [{ ...container('c'), livenessProbe }] } });
      agent.cri.exec = () => 1;
      await pass(second);
      await pass(second);
      agent.cri.exec = () => 0;
      await pass(second);
      assert.equal(first()?.restartCount, 1);
      assert.ok(reasons().includes('Unhealthy'));
      assert.ok(agent.cri.calls.includes('stopContainer c 30'));
    });
  });

  describe('readiness', () => {
    it('follows the probe at once', async () => {
      const readinessProbe = {
        exec: { command: ['ready'] },
        periodSeconds: 1,
        failureThreshold: 1,
      };
      agent.cri.exec = () => 1;
      await put({ spec: { containers: [{ ...container('c'), readinessProbe }] } });
      assert.equal(condition('Ready')?.reason, 'ContainersNotReady');
      assert.equal(condition('Ready')?.message, 'containers with unready status: [c]');
      agent.cri.exec = () => 0;
      await pass(second);
      assert.equal(condition('Ready')?.status, 'True');
    });

    it('waits for the gates of the pod', async () => {
      await put({ spec: { readinessGates: [{ conditionType: 'x.io/up' }] } });
      assert.equal(condition('ContainersReady')?.status, 'True');
      assert.equal(condition('Ready')?.reason, 'ReadinessGatesNotReady');
      const pod = agent.controlPlane.pods.get('default/a')!;
      const conditions = [...(pod.status?.conditions ?? []), { type: 'x.io/up', status: 'True' }];
      agent.controlPlane.pods.put({ ...pod, status: { ...pod.status, conditions } });
      await agent.settle();
      assert.equal(condition('Ready')?.status, 'True');
    });

    it('says it again when somebody else changed what it says', async () => {
      await put();
      const pod = agent.controlPlane.pods.get('default/a')!;
      const conditions = pod.status?.conditions?.map((c) =>
        c.type === 'Ready' ? { ...c, status: 'False' } : c,
      );
      agent.controlPlane.pods.put({
        ...pod,
        status: { ...pod.status, conditions: conditions ?? [] },
      });
      await agent.settle();
      assert.equal(condition('Ready')?.status, 'True');
    });
  });

  describe('ending', () => {
    it('stops a deleted pod, shows how it ended, and leaves nothing', async () => {
      await put();
      agent.controlPlane.deletePod('default/a', 5);
      await agent.settle();
      assert.equal(agent.controlPlane.pods.get('default/a'), undefined);
      const { status: last } = agent.controlPlane.statuses.at(-1)!;
      assert.equal(last.phase, 'Succeeded');
      assert.equal(last.containerStatuses?.[0]?.state?.terminated?.exitCode, 0);
      assert.ok(agent.cri.calls.includes('stopContainer c 5'));
      assert.deepEqual([agent.cri.containers(), agent.cri.sandboxes()], [[], []]);
      assert.ok(reasons().includes('Killing'));
    });

    it('does not report a terminal phase while a container may run', async () => {
      agent.cri.stopMs = 4 * second;
      await put();
      agent.controlPlane.deletePod('default/a', 10);
      await agent.settle();
      assert.equal(status().phase, 'Running');
      await pass(5 * second);
      assert.equal(agent.controlPlane.statuses.at(-1)?.status.phase, 'Succeeded');
    });

    it('hurries when the grace is cut short', async () => {
      agent.cri.stopMs = 10 * minute;
      await put();
      agent.controlPlane.deletePod('default/a', 60);
      await agent.settle();
      agent.controlPlane.deletePod('default/a', 1);
      await agent.settle();
      await pass(2 * second);
      assert.equal(agent.controlPlane.pods.get('default/a'), undefined);
      assert.deepEqual(
        agent.cri.calls.filter((call) => call.startsWith('stopContainer')),
        ['stopContainer c 60', 'stopContainer c 2'],
      );
    });

    it('stops a pod that was deleted by force', async () => {
      await put();
      agent.controlPlane.deletePod('default/a', 0);
      await agent.settle();
      assert.deepEqual(agent.cri.sandboxes(), []);
    });

    it('runs preStop hooks within the grace', async () => {
      const lifecycle = { preStop: { exec: { command: ['bye'] } } };
      await put({ spec: { containers: [{ ...container('c'), lifecycle }] } });
      agent.cri.exec = () =>
        new Promise((resolve) => agent.clock.after(3 * second, () => resolve(0)));
      agent.controlPlane.deletePod('default/a', 10);
      await pass(4 * second);
      assert.ok(agent.cri.calls.includes('execSync c bye'));
      assert.ok(agent.cri.calls.includes('stopContainer c 7'));
    });

    it('stops sidecars when the others are gone', async () => {
      const sidecar = (name: string) => ({ ...container(name), restartPolicy: 'Always' });
      await put({ spec: { initContainers: [sidecar('s'), sidecar('t')] } });
      agent.cri.stopMs = 2 * second;
      agent.controlPlane.deletePod('default/a', 10);
      const stops = () => agent.cri.calls.filter((call) => call.startsWith('stopContainer'));
      await agent.settle();
      assert.deepEqual(stops(), ['stopContainer c 10']);
      await pass(2 * second);
      await pass(2 * second);
      await pass(2 * second);
      assert.deepEqual(stops(), ['stopContainer c 10', 'stopContainer t 8', 'stopContainer s 6']);
      assert.equal(agent.controlPlane.pods.get('default/a'), undefined);
    });

    it('gives up pulling for a pod that is deleted', async () => {
      let pulling = true;
      agent.cri.before('pullImage', async () => {
        while (pulling) await new Promise((resolve) => setImmediate(resolve));
        throw new CriError('Unknown', 'canceled');
      });
      await put({ spec: { containers: [{ ...container('c'), image: 'slow' }] } });
      // What is known is shown while the image comes.
      assert.equal(condition('PodReadyToStartContainers')?.status, 'True');
      agent.controlPlane.deletePod('default/a');
      pulling = false;
      await agent.settle();
      assert.deepEqual(agent.cri.sandboxes(), []);
      assert.equal(agent.controlPlane.pods.get('default/a'), undefined);
    });

    it('removes a pod that waits for its finalizer only once', async () => {
      await put({ metadata: { finalizers: ['x.io/wait'] } });
      let asked = 0;
      const pods = agent.controlPlane.pods;
      pods.remove = () => void (asked += 1);
      agent.controlPlane.deletePod('default/a', 1);
      await agent.settle();
      pods.put({ ...pods.get('default/a')! });
      await pass(2 * minute);
      assert.equal(asked, 1);
      assert.equal(first()?.state?.terminated?.exitCode, 0);
    });
  });

  describe('when the control plane is out of reach', () => {
    it('keeps pods running and reports the newest state afterwards', async () => {
      await put();
      agent.controlPlane.cut(true);
      agent.cri.exit('c', 1);
      await pass(second);
      agent.cri.exit('c', 2);
      await pass(minute);
      assert.equal(first()?.restartCount, 0);
      agent.controlPlane.cut(false);
      await pass(6 * second);
      assert.equal(first()?.restartCount, 2);
      assert.equal(first()?.lastState?.terminated?.exitCode, 2);
    });

    it('ends all the same, and at once', async () => {
      await put();
      agent.controlPlane.cut(true);
      agent.cri.exit('c', 1);
      await pass(second);
      await agent.stop();
      assert.equal(agent.clock.pending(), 0);
    });

    it('removes nothing of a deleted pod before its end was heard', async () => {
      await put();
      agent.controlPlane.cut(true);
      agent.controlPlane.deletePod('default/a', 1);
      await pass(10 * second);
      assert.equal(agent.cri.containers().length, 1);
      agent.controlPlane.cut(false);
      await pass(10 * second);
      assert.equal(agent.controlPlane.pods.get('default/a'), undefined);
      assert.deepEqual(agent.cri.containers(), []);
    });
  });

  describe('after its own restart', () => {
    it('takes over what runs and touches nothing', async () => {
      const readinessProbe = { exec: { command: ['ready'] } };
      await put({ spec: { containers: [{ ...container('c'), readinessProbe }] } });
      agent.cri.exit('c', 1);
      await pass(second);
      const before = agent.cri.calls.filter((call) => !call.startsWith('execSync'));
      const written = agent.controlPlane.statuses.length;
      await restart();
      await pass(minute);
      assert.deepEqual(
        agent.cri.calls.filter((call) => !call.startsWith('execSync')),
        before,
      );
      assert.equal(agent.controlPlane.statuses.length, written);
      assert.equal(first()?.restartCount, 1);
      assert.equal(condition('Ready')?.status, 'True');
    });

    it('reports what ended meanwhile, with its exit code', async () => {
      await put({ spec: { restartPolicy: 'Never' } });
      await agent.stop();
      agent.cri.exit('c', 42);
      agent = await startAgent(agent);
      assert.equal(status().phase, 'Failed');
      assert.equal(first()?.state?.terminated?.exitCode, 42);
    });

    it('stops and removes pods that were deleted meanwhile', async () => {
      await put();
      await agent.stop();
      agent.controlPlane.pods.remove('default/a');
      agent = await startAgent(agent);
      assert.deepEqual([agent.cri.containers(), agent.cri.sandboxes()], [[], []]);
    });

    it('leaves a container alone whose postStart hook was under way', async () => {
      const lifecycle = { postStart: { sleep: { seconds: 60 } } };
      await put({ spec: { containers: [{ ...container('c'), lifecycle }] } });
      await restart();
      assert.equal(first()?.restartCount, 0);
      assert.ok(first()?.state?.running);
      assert.ok(!reasons().includes('FailedPostStartHook'));
    });

    it('makes good what was half made', async () => {
      let stopped = false;
      agent.cri.before('createContainer', async () => {
        while (!stopped) await new Promise((resolve) => setImmediate(resolve));
        throw new CriError('Unavailable', 'gone');
      });
      await put();
      const stopping = agent.stop();
      stopped = true;
      await stopping;
      agent = await startAgent(agent);
      assert.equal(status().phase, 'Running');
      assert.equal(agent.cri.sandboxes().length, 1);
      assert.equal(first()?.restartCount, 0);
    });
  });
});
