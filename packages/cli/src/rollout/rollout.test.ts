import assert from 'node:assert/strict';
import type { ContainerStatus, Pod } from '@berth/api';
import { makeDeployment, makePod, makeReplicaSet } from '@berth/api/testing';
import { createPatience } from './patience.ts';
import { troubleOf, troubleText } from './pod-trouble.ts';
import type { Trouble } from './pod-trouble.ts';
import { deploymentProgress, newestPods, podProgress, revisionAnnotation } from './progress.ts';

const container = (state: ContainerStatus['state'], rest: Partial<ContainerStatus> = {}) => ({
  name: 'main',
  image: 'example.com/app:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...(state && { state }),
  ...rest,
});
const podWith = (...containerStatuses: readonly ContainerStatus[]): Pod =>
  makePod('web', {}, { status: { phase: 'Pending', containerStatuses } });
const unschedulable = makePod(
  'web',
  {},
  {
    status: {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available: 1 Insufficient cpu.',
        },
      ],
    },
  },
);

describe('troubleOf', () => {
  it('finds nothing wrong with a pod that runs or is on its way', () => {
    assert.equal(troubleOf(makePod('web')), undefined);
    assert.equal(troubleOf(podWith(container({ running: {} }))), undefined);
    assert.equal(
      troubleOf(podWith(container({ waiting: { reason: 'ContainerCreating' } }))),
      undefined,
    );
  });

  it('names the container that crashes, and how it ended', () => {
    const trouble = troubleOf(
      podWith(
        container(
          { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
          { lastState: { terminated: { exitCode: 3 } } },
        ),
      ),
    );
    assert.ok(trouble);
    assert.equal(
      troubleText(trouble),
      'pod web: container main: CrashLoopBackOff: back-off 10s; it ended with exit code 3',
    );
    assert.deepEqual([trouble.hasLogs, trouble.mayPass], [true, false]);
  });

  it('tells what lasts from what may pass', () => {
    const mayPass = (reason: string) =>
      troubleOf(podWith(container({ waiting: { reason } })))?.mayPass;
    assert.equal(mayPass('ImagePullBackOff'), false);
    assert.equal(mayPass('ErrImagePull'), true);
    assert.equal(mayPass('CreateContainerConfigError'), true);
    assert.equal(troubleOf(unschedulable)?.mayPass, true);
  });

  it('sees a pod that failed as a whole', () => {
    const evicted = makePod(
      'web',
      {},
      { status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' } },
    );
    const trouble = troubleOf(evicted);
    assert.ok(trouble);
    assert.equal(troubleText(trouble), 'pod web: Evicted: The node was low on memory.');
  });
});

describe('createPatience', () => {
  const lasting = troubleOf(podWith(container({ waiting: { reason: 'CrashLoopBackOff' } })));
  const passing = troubleOf(unschedulable);
  assert.ok(lasting && passing);

  it('ends at once for what lasts', () => {
    assert.equal(createPatience()([passing, lasting], 0), lasting);
  });

  it('ends for what may pass when it has not for ten seconds', () => {
    const patience = createPatience();
    assert.equal(patience([passing], 0), undefined);
    assert.equal(patience([passing], 9_999), undefined);
    assert.equal(patience([passing], 10_000), passing);
  });

  it('begins anew when the trouble went away meanwhile', () => {
    const patience = createPatience();
    const none: readonly Trouble[] = [];
    patience([passing], 0);
    patience(none, 5_000);
    assert.equal(patience([passing], 12_000), undefined);
  });
});

describe('deploymentProgress', () => {
  const at = (spec: object, status: object, generation = 1) =>
    deploymentProgress(
      makeDeployment('web', spec, {
        metadata: { generation },
        status: { observedGeneration: 1, ...status },
      }),
    );

  it('says what kubectl says', () => {
    const waiting = 'Waiting for deployment "web" rollout to finish:';
    const cases: readonly (readonly [object, object, string, string])[] = [
      [
        { replicas: 3 },
        { updatedReplicas: 1 },
        'busy',
        `${waiting} 1 out of 3 new replicas have been updated...`,
      ],
      [
        { replicas: 2 },
        { replicas: 3, updatedReplicas: 2 },
        'busy',
        `${waiting} 1 old replicas are pending termination...`,
      ],
      [
        { replicas: 2 },
        { replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
        'busy',
        `${waiting} 1 of 2 updated replicas are available...`,
      ],
      [
        { replicas: 2 },
        { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
        'done',
        'deployment "web" successfully rolled out',
      ],
      [{ replicas: 0 }, {}, 'done', 'deployment "web" successfully rolled out'],
    ];
    for (const [spec, status, kind, message] of cases) {
      assert.deepEqual(at(spec, status), { kind, message });
    }
  });

  it('waits for the controller to have seen the spec', () => {
    const { message } = at({ replicas: 1 }, { replicas: 1, updatedReplicas: 1 }, 2);
    assert.equal(message, 'Waiting for deployment spec update to be observed...');
  });

  it('fails when the deadline has passed', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
    ];
    assert.deepEqual(at({ replicas: 1 }, { conditions }), {
      kind: 'failed',
      message: 'deployment "web" exceeded its progress deadline',
    });
  });
});

describe('podProgress', () => {
  it('is done when the pod is ready, or has completed', () => {
    const conditions = [{ type: 'Ready', status: 'True' }];
    assert.equal(podProgress(makePod('a', {}, { status: { conditions } })).kind, 'done');
    assert.equal(podProgress(makePod('a', {}, { status: { phase: 'Succeeded' } })).kind, 'done');
    assert.equal(podProgress(makePod('a')).kind, 'busy');
  });
});

describe('newestPods', () => {
  const deployment = makeDeployment(
    'web',
    {},
    { metadata: { uid: 'd', generation: 1 }, status: { observedGeneration: 1 } },
  );
  const owned = (uid: string) => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'X', name: 'x', uid, controller: true }],
  });
  const revision = (name: string, number: string) =>
    makeReplicaSet(
      name,
      {},
      { metadata: { uid: name, ...owned('d'), annotations: { [revisionAnnotation]: number } } },
    );
  const old = makePod('old', {}, { metadata: owned('rs-9') });
  const fresh = makePod('fresh', {}, { metadata: owned('rs-10') });

  it('counts revisions as numbers', () => {
    const sets = [revision('rs-10', '10'), revision('rs-9', '9')];
    assert.deepEqual(newestPods(deployment, sets, [old, fresh]), [fresh]);
  });

  it('blames nobody before the controller has looked', () => {
    const behind = makeDeployment(
      'web',
      {},
      { metadata: { uid: 'd', generation: 2 }, status: { observedGeneration: 1 } },
    );
    assert.deepEqual(newestPods(behind, [revision('rs-9', '9')], [old]), []);
  });
});
