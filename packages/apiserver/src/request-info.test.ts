import assert from 'node:assert/strict';
import { isForbidden } from '@berth/api';
import fc from 'fast-check';
import { isLongRunning, requestInfo } from './request-info.ts';

const summary = (method: string, path: string) => {
  const info = requestInfo(method, path);
  const { verb, group, version, namespace, resource, subresource, name, rest } = info;
  return info.isResource
    ? [verb, group, version, namespace, resource, subresource, name, rest].join('|')
    : `${verb} ${info.path}`;
};

describe('requestInfo', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['GET', '/api/v1/namespaces', 'list||v1||namespaces|||'],
    ['GET', '/api/v1/namespaces/other', 'get||v1|other|namespaces||other|'],
    ['PUT', '/api/v1/namespaces/other/finalize', 'update||v1|other|namespaces|finalize|other|'],
    ['PATCH', '/api/v1/namespaces/other/status', 'patch||v1|other|namespaces|status|other|'],
    ['GET', '/api/v1/namespaces/other/pods', 'list||v1|other|pods|||'],
    ['GET', '/api/v1/namespaces/other/pods/foo', 'get||v1|other|pods||foo|'],
    ['HEAD', '/api/v1/namespaces/other/pods/foo', 'get||v1|other|pods||foo|'],
    ['GET', '/api/v1/pods', 'list||v1||pods|||'],
    ['GET', '/api/v1/pods?watch=true', 'watch||v1||pods|||'],
    ['GET', '/api/v1/pods?watch', 'watch||v1||pods|||'],
    ['GET', '/api/v1/pods?watch=0', 'list||v1||pods|||'],
    ['GET', '/api/v1/pods?watch=False', 'list||v1||pods|||'],
    ['GET', '/api/v1/namespaces/n/pods/foo?watch=true', 'get||v1|n|pods||foo|'],
    ['GET', '/api/v1/watch/namespaces/n/pods', 'watch||v1|n|pods|||'],
    ['GET', '/api/v1/watch/namespaces/n/pods/foo', 'watch||v1|n|pods||foo|'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dfoo', 'list||v1||pods||foo|'],
    ['GET', '/api/v1/pods?fieldSelector=a%3Db,metadata.name%3D%3Dfoo', 'list||v1||pods||foo|'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Dfoo', 'list||v1||pods|||'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3D..', 'list||v1||pods|||'],
    ['POST', '/api/v1/namespaces/n/pods', 'create||v1|n|pods|||'],
    ['DELETE', '/api/v1/namespaces/n/pods', 'deletecollection||v1|n|pods|||'],
    ['DELETE', '/api/v1/namespaces/n/pods/foo', 'delete||v1|n|pods||foo|'],
    ['POST', '/api/v1/namespaces/n/pods/foo/exec?command=ls', 'create||v1|n|pods|exec|foo|'],
    ['GET', '/api/v1/namespaces/n/pods/foo/proxy/a/b/', 'get||v1|n|pods|proxy|foo|a/b/'],
    ['GET', '/api/v1/namespaces/n/pods/http:foo:80/proxy', 'get||v1|n|pods|proxy|http:foo:80|'],
    ['GET', '/api/v1/proxy/namespaces/n/pods/foo/a', 'proxy||v1|n|pods||foo|'],
    [
      'PUT',
      '/apis/apps/v1/namespaces/n/deployments/d/scale',
      'update|apps|v1|n|deployments|scale|d|',
    ],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      'list|rbac.authorization.k8s.io|v1||clusterroles|||',
    ],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      'get|rbac.authorization.k8s.io|v1||clusterroles||system:node|',
    ],
    ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
    ['GET', '/apis/apps/', 'get /apis/apps/'],
    ['GET', '/api', 'get /api'],
    ['GET', '/api/v1', 'get /api/v1'],
    ['POST', '/healthz?verbose', 'post /healthz'],
    ['GET', '/', 'get /'],
    ['GET', '/openapi/v3/apis/apps/v1?hash=A', 'get /openapi/v3/apis/apps/v1'],
    ['OPTIONS', '/api/v1/pods', '||v1||pods|||'],
  ];
  for (const [method, path, expected] of table) {
    it(`reads ${method} ${path}`, () => assert.equal(summary(method, path), expected));
  }

  it('refuses what it cannot read as a bad request, and nothing else escapes', () => {
    assert.throws(() => requestInfo('GET', '/api/v1/watch'), { message: /unable to determine/ });
    assert.throws(() => requestInfo('GET', '/api/%zz'), { message: /invalid URL escape/ });
    fc.assert(
      fc.property(fc.string(), (path) => {
        try {
          requestInfo('GET', `/${path}`);
        } catch (err) {
          assert.ok(err instanceof Error && !isForbidden(err) && 'status' in err);
        }
      }),
    );
  });

  it('knows which requests may last', () => {
    const lasts = (path: string) => isLongRunning(requestInfo('GET', path));
    assert.ok(lasts('/api/v1/pods?watch=1'));
    assert.ok(lasts('/api/v1/namespaces/n/pods/foo/log?follow=true'));
    assert.ok(lasts('/api/v1/namespaces/n/services/s/proxy/x'));
    assert.ok(!lasts('/api/v1/namespaces/n/pods/foo'));
  });
});
