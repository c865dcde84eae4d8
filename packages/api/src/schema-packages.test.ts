import assert from 'node:assert/strict';
import { definitionsByUpstreamName, upstreamTypeOf } from './schema-packages.ts';

describe('upstream types', () => {
  const expected: Readonly<Record<string, string>> = {
    Pod: 'io.k8s.api.core.v1.Pod',
    CoreV1EventList: 'io.k8s.api.core.v1.EventList',
    ObjectMeta: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
    PodTemplateSpec: 'io.k8s.api.core.v1.PodTemplateSpec',
    DeploymentSpec: 'io.k8s.api.apps.v1.DeploymentSpec',
    HorizontalPodAutoscalerSpec: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec',
    V1HorizontalPodAutoscalerList: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerList',
    EventsV1Event: 'io.k8s.api.events.v1.Event',
    RbacV1Subject: 'io.k8s.api.rbac.v1.Subject',
    DiscoveryV1EndpointPort: 'io.k8s.api.discovery.v1.EndpointPort',
    TopologySelectorTerm: 'io.k8s.api.core.v1.TopologySelectorTerm',
    QueueSpec: 'dev.berth.scheduling.v1.QueueSpec',
    JSONSchemaProps: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
  };
  for (const [name, upstream] of Object.entries(expected)) {
    it(`${name} is ${upstream}`, () => {
      const type = upstreamTypeOf(name);
      assert.equal(`${type?.package}.${type?.name}`, upstream);
    });
  }

  it('have names of their own', () => {
    const names = [...definitionsByUpstreamName().values()];
    assert.ok(names.length > 500);
    assert.equal(new Set(names).size, names.length);
  });
});
