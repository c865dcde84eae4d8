import assert from 'node:assert/strict';
import { decode } from '../decode/decode.ts';
import type { KubeObject } from '../object.ts';
import { definitionNameOf } from '../schema-kinds.ts';
import {
  makeApiService,
  makeConfigMap,
  makeControllerRevision,
  makeCronJob,
  makeDaemonSet,
  makeDeployment,
  makeEndpointSlice,
  makeHpa,
  makeJob,
  makeLease,
  makeNamespace,
  makeNode,
  makePersistentVolume,
  makePersistentVolumeClaim,
  makePod,
  makePodDisruptionBudget,
  makePodGroup,
  makePriorityClass,
  makeQueue,
  makeReplicaSet,
  makeSecret,
  makeService,
  makeServiceAccount,
  makeStatefulSet,
  makeWorkload,
} from './builders.ts';

const built: readonly KubeObject[] = [
  makeApiService('v1', 'example.com'),
  makeConfigMap('a', { k: 'v' }),
  makeControllerRevision('a', 1, { any: 'thing' }),
  makeCronJob('a', { timeZone: 'UTC' }),
  makeDaemonSet('a', { minReadySeconds: 1 }),
  makeDeployment('a', { replicas: 2 }, { status: { replicas: 1 } }),
  makeEndpointSlice('a', [{ addresses: ['10.0.0.1'] }]),
  makeHpa('a'),
  makeJob('a', { completions: 2 }, { status: { succeeded: 1 } }),
  makeLease('a'),
  makeNamespace('a'),
  makeNode('a', { unschedulable: true }, { status: { phase: 'Running' } }),
  makePod('a', { nodeName: 'b' }, { metadata: { labels: { app: 'a' } } }),
  makePersistentVolume('a', { local: { path: '/x' } }, { status: { phase: 'Bound' } }),
  makePersistentVolumeClaim('a', {}, { status: { phase: 'Bound' } }),
  makePodDisruptionBudget('a'),
  makePodGroup('a', 2),
  makePriorityClass('a', 10),
  makeQueue('a', { nominalQuota: { cpu: '4' } }, { status: { pendingPods: 1 } }),
  makeReplicaSet('a'),
  makeSecret('a', { k: 'v' }),
  makeService('a'),
  makeServiceAccount('a'),
  makeStatefulSet('a', { replicas: 2 }, { status: { replicas: 1 } }),
  makeWorkload('a', [{ name: 'b', schedulingPolicy: { basic: {} } }]),
];

describe('builders', () => {
  for (const object of built) {
    it(`make a ${object.kind} as the server would keep it`, () => {
      const [group = '', version = ''] = object.apiVersion?.includes('/')
        ? object.apiVersion.split('/')
        : ['', object.apiVersion];
      const name = definitionNameOf({ group, version, kind: object.kind ?? '' });
      assert.deepEqual(decode(object, name ?? ''), { object, unknownFields: [] });
    });
  }
});
