import assert from 'node:assert/strict';
import type { ReplicationController } from '@berth/api';
import { makeMetadata, makePodTemplate } from '@berth/api/testing';
import { replicationControllers } from './replication-controllers.ts';

const controllerOf = (spec: ReplicationController['spec']): ReplicationController => ({
  metadata: makeMetadata('web'),
  spec,
});
const complete = (controller: ReplicationController) =>
  replicationControllers.defaults?.(controller) ?? controller;
const problems = (controller: ReplicationController) =>
  replicationControllers.validate?.(complete(controller)).map(({ field }) => field);

describe('replication controllers', () => {
  it('take labels and selector from their template', () => {
    const template = makePodTemplate({ app: 'web' });
    const { metadata, spec } = complete(controllerOf({ template }));
    assert.deepEqual([metadata.labels, spec.selector], [{ app: 'web' }, { app: 'web' }]);
    assert.equal(spec.replicas, 1);
    assert.deepEqual(
      complete(complete(controllerOf({ template }))),
      complete(controllerOf({ template })),
    );
  });

  it('select the pods that they make', () => {
    const template = makePodTemplate({ app: 'web' });
    assert.deepEqual(problems(controllerOf({ template })), []);
    assert.deepEqual(problems(controllerOf({ template, selector: { app: 'other' } })), [
      'spec.template.metadata.labels',
    ]);
    assert.deepEqual(problems({ metadata: makeMetadata('web') } as ReplicationController), [
      'spec.selector',
      'spec.template',
    ]);
  });

  it('are scaled by their replicas', () => {
    const { scale } = replicationControllers;
    const controller = controllerOf({ replicas: 2, selector: { app: 'web' } });
    assert.equal(scale?.selector(controller), 'app=web');
    assert.deepEqual(
      scale.withReplicas(controller, 5),
      controllerOf({ ...controller.spec, replicas: 5 }),
    );
  });
});
