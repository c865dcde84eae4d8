import assert from 'node:assert/strict';
import type { Container, ContainerState, ContainerStatus, Pod, PodStatus } from '@berth/api';
import { createdAt, makePod } from '@berth/api/testing';
import { podColumns } from './pod-columns.ts';

const now = Date.parse(createdAt) + 300_000;
const rowOf = (pod: Pod) => podColumns.map(({ cell }) => cell(pod, now));

const container = (name: string): Container => ({ name, image: 'i' });
const sidecar: Container = { ...container('side'), restartPolicy: 'Always' };

const status = (
  name: string,
  state: ContainerState,
  rest: Partial<ContainerStatus> = {},
): ContainerStatus => ({
  name,
  state,
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...rest,
});
const running = { running: {} };
const done = { terminated: { exitCode: 0, reason: 'Completed' } };
const waiting = (reason: string) => ({ waiting: { reason } });

interface Case {
  readonly status?: PodStatus;
  readonly init?: readonly Container[];
  readonly main?: readonly Container[];
  readonly deleted?: boolean;
}

const podOf = ({ status: given, init, main = [container('a')], deleted }: Case) =>
  makePod(
    'p',
    { containers: main, ...(init && { initContainers: init }) },
    {
      ...(given && { status: given }),
      ...(deleted && { metadata: { deletionTimestamp: createdAt } }),
    },
  );

const ready = [{ type: 'Ready', status: 'True' }];

describe('pod columns', () => {
  const cases: readonly (readonly [ready: string, status: string, restarts: string, pod: Case])[] =
    [
      ['0/1', 'Pending', '0', { status: { phase: 'Pending' } }],
      [
        '0/1',
        'ContainerCreating',
        '0',
        {
          status: {
            phase: 'Pending',
            containerStatuses: [status('a', waiting('ContainerCreating'))],
          },
        },
      ],
      [
        '1/1',
        'Running',
        '0',
        {
          status: { phase: 'Running', containerStatuses: [status('a', running, { ready: true })] },
        },
      ],
      [
        '0/1',
        'CrashLoopBackOff',
        '3 (2m ago)',
        {
          status: {
            phase: 'Running',
            containerStatuses: [
              status('a', waiting('CrashLoopBackOff'), {
                restartCount: 3,
                lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:03:00Z' } },
              }),
            ],
          },
        },
      ],
      [
        '0/1',
        'Completed',
        '0',
        { status: { phase: 'Succeeded', containerStatuses: [status('a', done)] } },
      ],
      [
        '0/1',
        'Error',
        '0',
        {
          status: {
            phase: 'Failed',
            containerStatuses: [status('a', { terminated: { exitCode: 1, reason: 'Error' } })],
          },
        },
      ],
      [
        '0/1',
        'ExitCode:3',
        '0',
        {
          status: {
            phase: 'Failed',
            containerStatuses: [status('a', { terminated: { exitCode: 3 } })],
          },
        },
      ],
      [
        '0/1',
        'Signal:9',
        '0',
        {
          status: {
            phase: 'Failed',
            containerStatuses: [status('a', { terminated: { exitCode: 137, signal: 9 } })],
          },
        },
      ],
      ['0/1', 'Evicted', '0', { status: { phase: 'Failed', reason: 'Evicted' } }],
      [
        '0/1',
        'SchedulingGated',
        '0',
        {
          status: {
            phase: 'Pending',
            conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
          },
        },
      ],
      [
        '1/2',
        'Running',
        '0',
        {
          main: [container('a'), container('b')],
          status: {
            phase: 'Running',
            conditions: ready,
            containerStatuses: [status('a', done), status('b', running, { ready: true })],
          },
        },
      ],
      [
        '1/2',
        'NotReady',
        '0',
        {
          main: [container('a'), container('b')],
          status: {
            phase: 'Running',
            containerStatuses: [status('a', done), status('b', running, { ready: true })],
          },
        },
      ],
      [
        '0/1',
        'Init:0/2',
        '0',
        {
          init: [container('i'), container('j')],
          status: {
            phase: 'Pending',
            initContainerStatuses: [status('i', running), status('j', waiting('PodInitializing'))],
            containerStatuses: [status('a', waiting('PodInitializing'))],
          },
        },
      ],
      [
        '0/1',
        'Init:1/2',
        '0',
        {
          init: [container('i'), container('j')],
          status: {
            phase: 'Pending',
            initContainerStatuses: [status('i', done), status('j', waiting('PodInitializing'))],
          },
        },
      ],
      [
        '0/1',
        'Init:CrashLoopBackOff',
        '2',
        {
          init: [container('i')],
          status: {
            phase: 'Pending',
            initContainerStatuses: [status('i', waiting('CrashLoopBackOff'), { restartCount: 2 })],
          },
        },
      ],
      [
        '0/1',
        'Init:ExitCode:2',
        '0',
        {
          init: [container('i')],
          status: {
            phase: 'Pending',
            initContainerStatuses: [status('i', { terminated: { exitCode: 2 } })],
          },
        },
      ],
      [
        '0/1',
        'PodInitializing',
        '0',
        {
          init: [container('i')],
          status: {
            phase: 'Pending',
            initContainerStatuses: [status('i', done)],
            containerStatuses: [status('a', waiting('PodInitializing'))],
          },
        },
      ],
      [
        '2/2',
        'Running',
        '5',
        {
          init: [sidecar],
          status: {
            phase: 'Running',
            initContainerStatuses: [
              status('side', running, { ready: true, started: true, restartCount: 4 }),
            ],
            containerStatuses: [status('a', running, { ready: true, restartCount: 1 })],
          },
        },
      ],
      ['0/1', 'Terminating', '0', { deleted: true, status: { phase: 'Running' } }],
      ['0/1', 'Unknown', '0', { deleted: true, status: { phase: 'Running', reason: 'NodeLost' } }],
      [
        '0/1',
        'Completed',
        '0',
        { deleted: true, status: { phase: 'Succeeded', containerStatuses: [status('a', done)] } },
      ],
    ];
  for (const [isReady, says, restarts, given] of cases) {
    it(`shows ${isReady} ${says} ${restarts}`, () => {
      assert.deepEqual(rowOf(podOf(given)).slice(0, 5), ['p', isReady, says, restarts, '5m']);
    });
  }

  it('shows addresses, nodes and gates when there is room', () => {
    assert.deepEqual(rowOf(makePod('p')).slice(5), ['<none>', '<none>', '<none>', '<none>']);
    const pod = makePod(
      'p',
      {
        nodeName: 'n',
        readinessGates: [{ conditionType: 'x/a' }, { conditionType: 'x/b' }],
      },
      {
        status: {
          podIPs: [{ ip: '10.0.0.1' }],
          nominatedNodeName: 'm',
          conditions: [{ type: 'x/a', status: 'True' }],
        },
      },
    );
    assert.deepEqual(rowOf(pod).slice(5), ['10.0.0.1', 'n', 'm', '1/2']);
    assert.deepEqual(
      podColumns.filter(({ priority }) => priority === 1).map(({ name }) => name),
      ['IP', 'Node', 'Nominated Node', 'Readiness Gates'],
    );
  });
});
