import assert from 'node:assert/strict';
import type { PodStatus } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { explainPod, parseSchedulingMessage } from './why.ts';

const explain = (status: PodStatus, spec = {}) => explainPod(makePod('web', spec, { status }), []);

describe('parseSchedulingMessage', () => {
  it('takes the reasons apart, the most widespread first', () => {
    assert.deepEqual(
      parseSchedulingMessage(
        '0/6 nodes are available: 1 Too many pods, 2 Insufficient cpu, 3 node(s) had untolerated taint(s). preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.',
      ),
      {
        intro: '0/6 nodes are available',
        reasons: ['3 node(s) had untolerated taint(s)', '2 Insufficient cpu', '1 Too many pods'],
      },
    );
  });

  it('leaves any other text as it is', () => {
    assert.deepEqual(parseSchedulingMessage('no nodes available to schedule pods'), {
      intro: 'no nodes available to schedule pods',
      reasons: [],
    });
  });
});

describe('explainPod', () => {
  it('says why no node takes a pod, and what may help', () => {
    const { summary, causes } = explain({
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/2 nodes are available: 2 Insufficient memory.',
        },
      ],
    });
    assert.equal(summary, 'pod web is Pending and not ready');
    assert.equal(causes[0]?.what, 'no node takes it: 0/2 nodes are available');
    assert.deepEqual(causes[0].details, ['2 Insufficient memory']);
    assert.match(causes[0].advice ?? '', /resources\.requests/);
  });

  it('knows gates, and schedulers that nobody runs', () => {
    assert.deepEqual(
      explain({ phase: 'Pending' }, { schedulingGates: [{ name: 'quota' }] }).causes[0]?.details,
      ['quota'],
    );
    assert.match(
      explain({ phase: 'Pending' }, { schedulerName: 'mine' }).causes[0]?.advice ?? '',
      /"mine"/,
    );
  });

  it('points at the container that cannot start', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
    const { causes } = explain(
      {
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'main',
            image: '',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { waiting },
          },
        ],
      },
      { nodeName: 'a' },
    );
    assert.equal(causes[0]?.what, 'container main: ImagePullBackOff: Back-off pulling image');
  });

  it('has nothing to explain about a pod that is ready', () => {
    const conditions = [{ type: 'Ready', status: 'True' }];
    assert.deepEqual(explain({ conditions }), { summary: 'pod web is ready', causes: [] });
  });
});
