import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Handler } from '../request.ts';
import { bytesResponse, jsonResponse } from '../response.ts';
import { makeContext } from '../testing/context.ts';
import { indentJson } from './indent-json.ts';
import { prettyPrint } from './pretty-print.ts';

describe('indentJson', () => {
  it('gives every value a line, and says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        assert.equal(indentJson(text), JSON.stringify(JSON.parse(text), null, 2));
      }),
    );
  });

  it('keeps numbers and texts to the letter', () => {
    const text = '{"big":123456789012345678901,"\\u0041\\"":"{[,:]}\\\\"}\n';
    const expected = '{\n  "big": 123456789012345678901,\n  "\\u0041\\"": "{[,:]}\\\\"\n}';
    assert.equal(indentJson(text), expected);
  });
});

describe('pretty printing', () => {
  const small: Handler = async () => jsonResponse(200, { kind: 'Pod', spec: {} });
  const lines = '{\n  "kind": "Pod",\n  "spec": {}\n}';
  const oneLine = '{"kind":"Pod","spec":{}}\n';
  const ask = async (path: string, agent: string, handler: Handler = small) => {
    const context = makeContext('GET', path, { headers: { 'user-agent': agent } });
    const { headers, body } = await prettyPrint(context, handler);
    const text = Buffer.from(body.bytes ?? []).toString('utf8');
    assert.equal(headers['content-length'], String(Buffer.byteLength(text)));
    return text;
  };

  it('is for people, and for those who ask for it', async () => {
    for (const agent of ['curl/8.1', 'Wget/1.2', 'Mozilla/5.0 (X11)'])
      assert.equal(await ask('/api/v1/namespaces/a/pods/b', agent), lines);
    assert.equal(await ask('/apis', 'kubectl/v1.36.0'), oneLine);
    assert.equal(await ask('/apis?pretty=true', 'kubectl/v1.36.0'), lines);
    assert.equal(await ask('/apis?pretty=false', 'curl/8.1'), oneLine);
    assert.equal(await ask('/apis?pretty=', 'curl/8.1'), lines);
    assert.equal(await ask('/version', 'kubectl/v1.36.0'), lines);
  });

  it('leaves alone what is not JSON of this server, and what is long', async () => {
    assert.equal(await ask('/api/v1/namespaces/a/pods/b/proxy/x', 'curl/8.1'), oneLine);
    assert.equal(await ask('/openid/v1/jwks', 'curl/8.1'), oneLine);
    const plain: Handler = async () =>
      bytesResponse(200, Buffer.from('{}  '), { 'content-type': 'text/plain' });
    assert.equal(await ask('/api/v1/namespaces/a/pods/b/log', 'curl/8.1', plain), '{}  ');
    const long: Handler = async () => jsonResponse(200, ['x'.repeat(2 ** 22)]);
    assert.ok((await ask('/api', 'curl/8.1', long)).startsWith('["x'));
  });
});
