import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { requestInfo } from '../request-info.ts';
import { readJson, readText } from '../testing/context.ts';
import { createOpenApi } from './openapi.ts';

describe('the OpenAPI documents', () => {
  const open = () => {
    let stamp = 'one';
    let made = 0;
    const answer = createOpenApi({
      names: () => ['api/v1', 'apis/apps/v1'],
      stamp: () => stamp,
      v3: async (name) => ({ made: ++made, name }),
      v2: async () => ({ swagger: '2.0', made: ++made }),
    });
    const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const response = await answer(requestInfo('GET', path), { method: 'GET', path, headers });
      assert.ok(response);
      return response;
    };
    return { answer, get, change: () => (stamp = 'two') };
  };

  it('are listed with addresses that change with their content', async () => {
    const { get, change } = open();
    type Index = {
      readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
    };
    const urls = async () => (await readJson<Index>((await get('/openapi/v3')).body)).paths;
    const before = await urls();
    assert.deepEqual(Object.keys(before), ['api/v1', 'apis/apps/v1']);
    const url = before['apis/apps/v1']?.serverRelativeURL ?? '';
    assert.match(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]+$/);
    const { status, headers } = await get(url);
    assert.deepEqual([status, headers['cache-control']], [200, 'public, immutable']);
    change();
    const moved = await get(url);
    assert.equal(moved.status, 301);
    assert.equal(moved.headers['location'], (await urls())['apis/apps/v1']?.serverRelativeURL);
  });

  it('are made once, until something changes', async () => {
    const { get, change } = open();
    const made = async () =>
      (await readJson<{ made: number }>((await get('/openapi/v3/api/v1')).body)).made;
    assert.deepEqual([await made(), await made()], [1, 1]);
    change();
    assert.equal(await made(), 2);
  });

  it('come compressed to who takes that, and not again to who has them', async () => {
    const { get } = open();
    const plain = await readText((await get('/openapi/v2')).body);
    const zipped = await get('/openapi/v2', { 'accept-encoding': 'gzip' });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    const chunks: Uint8Array[] = [];
    for await (const chunk of zipped.body) chunks.push(chunk);
    assert.equal(gunzipSync(Buffer.concat(chunks)).toString(), plain);
    const etag = zipped.headers['etag'] ?? '';
    assert.equal((await get('/openapi/v2', { 'if-none-match': etag })).status, 304);
  });

  it('are JSON, and protobuf where clients read nothing else', async () => {
    const { get, answer } = open();
    const type = async (path: string, accept: string) =>
      (await get(path, { accept })).headers['content-type'];
    const named = (version: number, at = '.') =>
      `application/com.github.proto-openapi.spec.v${version}${at}v1.0+protobuf`;
    assert.equal(await type('/openapi/v2', '*/*'), 'application/json');
    assert.equal(await type('/openapi/v2', named(2)), named(2));
    assert.equal(await type('/openapi/v2', `text/html, ${named(2, '@')}`), named(2));
    assert.equal(
      await type('/openapi/v2', `${named(2)};q=0.5, application/json`),
      'application/json',
    );
    await assert.rejects(type('/openapi/v2', 'text/html'), /only the following media types/);
    await assert.rejects(type('/openapi/v3/api/v1', named(3)), /only the following media types/);
    const unknown = requestInfo('GET', '/openapi/v3/apis/none/v1');
    assert.equal(await answer(unknown, { method: 'GET', path: '', headers: {} }), undefined);
  });
});
