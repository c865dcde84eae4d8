import assert from 'node:assert/strict';
import { splitProxyPath } from './split-path.ts';

describe('the path of a proxy', () => {
  const pod = '/api/v1/namespaces/a/pods/web:80/proxy';
  for (const [text, namespace, prefix, path, query] of [
    [pod, 'a', pod, '', ''],
    [`${pod}?x=/y`, 'a', pod, '', '?x=/y'],
    [`${pod}/`, 'a', pod, '/', ''],
    [`${pod}/b%2Fc//d/?e=f`, 'a', pod, '/b%2Fc//d/', '?e=f'],
    ['/api/v1/nodes/n/proxy/logs/', '', '/api/v1/nodes/n/proxy', '/logs/', ''],
  ] as const) {
    it(`takes ${text} apart`, () => {
      assert.deepEqual(splitProxyPath(text, { namespace }), { prefix, path, query });
    });
  }
});
