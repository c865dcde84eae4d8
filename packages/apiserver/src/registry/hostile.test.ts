import assert from 'node:assert/strict';
import fc from 'fast-check';
import { strategies } from './index.ts';
import { createBench } from './testing/exchange.ts';
import type { Answer, Bench } from './testing/exchange.ts';

const maps = '/api/v1/namespaces/default/configmaps';

/** Whatever is sent, the answer is an object of the API or a Status. */
function assertAnswered({ status, json }: Answer): void {
  assert.ok(status >= 200 && status < 600);
  assert.equal(typeof json.kind, 'string');
  if (status >= 400) assert.equal(json.kind, 'Status');
}

describe('hostile requests', () => {
  let bench: Bench;
  before(async () => {
    bench = createBench(strategies);
    await bench.call('POST', maps, { body: { metadata: { name: 'a' } } });
  });
  after(() => bench.registry.close());

  const deep = 10_000;
  const queries: Readonly<Record<string, string>> = {
    'a nested label selector': `labelSelector=${'('.repeat(deep)}`,
    'a long label selector': `labelSelector=${Array.from({ length: deep }, (_, i) => `k${i}=v`).join(',')}`,
    'a set of many values': `labelSelector=a in (${'b,'.repeat(deep)})`,
    'a long field selector': `fieldSelector=${'metadata.name=a,'.repeat(deep)}`,
    backslashes: `fieldSelector=metadata.name=${'\\\\'.repeat(deep)}`,
    'an endless continue token': `continue=${'A'.repeat(100_000)}`,
    'a token of another prefix': `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../secrets/x"}').toString('base64url')}`,
    'a huge limit': 'limit=999999999999999999999',
    'a negative limit': 'limit=-5',
    'a version beyond all numbers': 'resourceVersion=99999999999999999999',
    'a timeout of words': 'watch=true&timeoutSeconds=soon',
  };
  for (const [what, query] of Object.entries(queries))
    it(`are answered: ${what}`, async () => {
      const answer = await bench.call('GET', `${maps}?${encodeURI(query)}`);
      assertAnswered(answer);
    });

  const bodies: Readonly<Record<string, string>> = {
    'nested arrays': `{"metadata":{"name":"b"},"data":${'['.repeat(deep)}`,
    'nested objects': `${'{"metadata":'.repeat(deep)}1${'}'.repeat(deep)}`,
    'keys of prototypes':
      '{"__proto__":{"a":1},"constructor":1,"metadata":{"name":"b","__proto__":{}}}',
    'numbers without end': `{"metadata":{"name":"b","generation":${'9'.repeat(10_000)}}}`,
    'null everywhere': '{"metadata":null,"data":null}',
    'a name of slashes': '{"metadata":{"name":"../../secrets/x"}}',
    'half a character': '{"metadata":{"name":"\\ud800"}}',
  };
  for (const [what, body] of Object.entries(bodies))
    it(`are answered: ${what}`, async () => {
      assertAnswered(await bench.call('POST', maps, { body }));
      assertAnswered(await bench.call('PUT', `${maps}/a`, { body }));
      for (const type of ['json-patch', 'merge-patch', 'strategic-merge-patch']) {
        const headers = { 'content-type': `application/${type}+json` };
        assertAnswered(await bench.call('PATCH', `${maps}/a`, { body, headers }));
      }
      const yaml = { 'content-type': 'application/yaml' };
      assertAnswered(await bench.call('POST', maps, { body, headers: yaml }));
    });

  it('are answered whatever they are', async () => {
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE');
    const type = fc.constantFrom(
      'application/json',
      'application/yaml',
      'application/vnd.kubernetes.protobuf',
      'application/merge-patch+json',
      'application/json-patch+json',
      'application/strategic-merge-patch+json',
    );
    const body = fc.oneof(fc.json(), fc.string(), fc.uint8Array({ maxLength: 200 }));
    const name = fc.constantFrom('', '/a', '/b', '/a/status', '/%2e%2e');
    await fc.assert(
      fc.asyncProperty(method, type, body, name, async (method, contentType, body, name) => {
        const headers = { 'content-type': contentType };
        for (const collection of [maps, '/api/v1/namespaces/default/pods'])
          assertAnswered(await bench.call(method, `${collection}${name}`, { body, headers }));
      }),
      { numRuns: 300 },
    );
  });
});
