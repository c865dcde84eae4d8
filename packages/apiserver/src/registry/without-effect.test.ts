import assert from 'node:assert/strict';
import { definition, deployments, pods, services } from '@berth/api';
import { makeDeployment, makePod, makePodTemplate, makeService } from '@berth/api/testing';
import { effectWarnings, fieldsWithoutEffect } from './without-effect.ts';

describe('effectWarnings', () => {
  const container = {
    name: 'c',
    image: 'i',
    volumeDevices: [{ name: 'v', devicePath: '/dev/x' }],
  };
  const blocks = (path: string) =>
    `${path}.volumeDevices: accepted, but without effect in this cluster: containers see volumes only as file systems`;

  it('names fields that exist', () => {
    for (const key of Object.keys(fieldsWithoutEffect)) {
      const [struct = '', field = ''] = key.split('.');
      assert.ok(definition(struct)?.properties?.[field], key);
    }
  });

  it('finds what will have no effect, wherever it stands', () => {
    const pod = makePod('a', { containers: [{ name: 'a', image: 'i' }, container] });
    assert.deepEqual(effectWarnings(pods)(pod, undefined), [blocks('spec.containers[1]')]);
    const template = makePodTemplate({ app: 'a' }, { containers: [container] });
    assert.deepEqual(effectWarnings(deployments)(makeDeployment('a', { template }), undefined), [
      blocks('spec.template.spec.containers[0]'),
    ]);
  });

  it('says nothing of what is as it always is', () => {
    const warnings = effectWarnings(services);
    const of = (externalTrafficPolicy: string) =>
      warnings(makeService('a', { type: 'NodePort', externalTrafficPolicy }), undefined);
    assert.deepEqual(warnings(makeService('a'), undefined), []);
    assert.deepEqual(of('Cluster'), []);
    assert.equal(of('Local').length, 1);
  });

  it('says nothing again', () => {
    const pod = makePod('a', { containers: [container] });
    const more = makePod('a', { containers: [container, { ...container, name: 'd' }] });
    assert.deepEqual(effectWarnings(pods)(pod, pod), []);
    assert.deepEqual(effectWarnings(pods)(more, pod), [blocks('spec.containers[1]')]);
  });
});
