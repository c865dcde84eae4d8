import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { certificateAdmission } from '../../admission/certificates.ts';
import { createBench } from '../testing/exchange.ts';
import type { Strategy } from '../strategy.ts';
import { certificateSigningRequests } from './certificate-signing-requests.ts';

const request = `-----BEGIN CERTIFICATE REQUEST-----
MIIBQTCB6QIBADAvMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFjAUBgNVBAMMDXN5
c3RlbTpub2RlOmEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQxL3vaegp0davu
17yIHDnKptZ68ruM1ZtboKUDUCzRohMhQiocx2kXGI9CLd8pU+W0Vjn8qvPcr07Z
o2pS7pBWoFgwVgYJKoZIhvcNAQkOMUkwRzBFBgNVHREEPjA8gg1hLmV4YW1wbGUu
Y29thwQKAAABhxD9AAAAAAAAAAAAAAAAAAABgQVhQGIuY4YMc3BpZmZlOi8veC95
MAoGCCqGSM49BAMCA0cAMEQCIC7vCPGPDArxfWUYPvQ0l7rWYLsvWPLJbZ7pz5Zn
m9DtAiB6abVSIQANkmGXwucSwQFLBi0cXzYqsLm1s1inTpwt4g==
-----END CERTIFICATE REQUEST-----
`;
const mastersRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHiMIGJAgEAMCcxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQwwCgYDVQQDDANl
dmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQxL3vaegp0davu17yIHDnKptZ6
8ruM1ZtboKUDUCzRohMhQiocx2kXGI9CLd8pU+W0Vjn8qvPcr07Zo2pS7pBWoAAw
CgYIKoZIzj0EAwIDSAAwRQIhALSNzsdVgVdC2dgK+VPYjoo5Q3wSbZcHi21yb+Fj
r8YwAiBT+MrzaWs3Z5bSC+QWwBuHRE2JBrmMnaAU82aqXbQL5Q==
-----END CERTIFICATE REQUEST-----
`;

const root = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const csr = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    request: base64(request),
    signerName: 'example.com/mine',
    usages: ['digital signature', 'client auth'],
    ...spec,
  },
});
const jane = { name: 'jane', uid: 'u-1', groups: ['dev'], extra: { 'example.com/a': ['b'] } };

const bench = (granted: readonly string[] = ['approve example.com/*', 'sign example.com/mine']) =>
  createBench([certificateSigningRequests as unknown as Strategy], {
    admission: () =>
      certificateAdmission(async ({ verb, name }) => ({
        allowed: granted.includes(`${verb} ${name}`),
        reason: '',
      })),
  });
const merge = { 'content-type': 'application/merge-patch+json' };
const conditions = (...types: readonly string[]) => ({
  status: { conditions: types.map((type) => ({ type, status: 'True', reason: 'Test' })) },
});

describe('certificate signing requests', () => {
  it('are by whoever sends them, and have no status yet', async () => {
    const { call } = bench();
    const claimed = { username: 'root', groups: ['system:masters'], extra: { x: ['y'] } };
    const body = { ...csr('a', claimed), ...conditions('Approved') };
    const { status, json } = await call('POST', root, { body, user: jane });
    assert.equal(status, 201);
    assert.deepEqual(
      [json.spec['username'], json.spec['uid'], json.spec['groups'], json.spec['extra']],
      ['jane', 'u-1', ['dev'], jane.extra],
    );
    assert.deepEqual(json.status, {});
  });

  it('are selected by their signer and never change but by their doors', async () => {
    const { call } = bench();
    await call('POST', root, { body: csr('a') });
    await call('POST', root, { body: csr('b', { signerName: 'example.com/other' }) });
    const found = await call('GET', `${root}?fieldSelector=spec.signerName%3Dexample.com/mine`);
    assert.deepEqual(
      found.json.items.map(({ metadata }) => metadata.name),
      ['a'],
    );
    const body = { spec: { signerName: 'example.com/x' }, ...conditions('Approved') };
    const { json } = await call('PATCH', `${root}/a`, { body, headers: merge });
    assert.equal(json.spec['signerName'], 'example.com/mine');
    assert.deepEqual(json.status, {});
  });

  it('are approved by one door and issued by the other', async () => {
    const { call } = bench();
    await call('POST', root, { body: csr('a') });
    const patch = (door: string, body: object) =>
      call('PATCH', `${root}/a/${door}`, { body, headers: merge });
    const early = await patch('status', conditions('Approved'));
    assert.equal(early.status, 422);
    assert.match(
      early.text,
      /status\.conditions: Forbidden: updates may not add a condition of type "Approved"/,
    );
    const approved = await patch('approval', conditions('Approved'));
    assert.equal(approved.status, 200);
    const [condition] = approved.json.status['conditions'] as Record<string, string>[];
    assert.ok(condition?.['lastUpdateTime'] && condition['lastTransitionTime']);
    assert.match(
      (await patch('approval', conditions())).text,
      /may not remove a condition of type "Approved"/,
    );
    assert.match(
      (await patch('approval', conditions('Approved', 'Denied'))).text,
      /Approved and Denied conditions are mutually exclusive/,
    );
    const bad = await patch('status', { status: { certificate: base64('nothing') } });
    assert.match(bad.text, /must contain at least one CERTIFICATE PEM block/);
  });

  it('need the right to approve or sign for their signer', async () => {
    const { call } = bench(['approve example.com/other']);
    await call('POST', root, { body: csr('a') });
    for (const [door, verb, body] of [
      ['approval', 'approve', conditions('Approved')],
      ['status', 'sign', conditions('Failed')],
    ] as const) {
      const { status, text } = await call('PATCH', `${root}/a/${door}`, { body, headers: merge });
      assert.equal(status, 403);
      assert.ok(
        text.endsWith(`user not permitted to ${verb} requests with signerName "example.com/mine"`),
      );
    }
  });

  it('make nobody a master', async () => {
    const { call } = bench();
    const signerName = 'kubernetes.io/kube-apiserver-client';
    const body = csr('a', { request: base64(mastersRequest), signerName });
    const { status, text } = await call('POST', root, { body });
    assert.equal(status, 403);
    assert.match(text, /signer with system:masters group is not allowed/);
  });

  it('say all that is wrong with them at once', async () => {
    const { call } = bench();
    const spec = {
      request: base64('x'),
      signerName: 'nodomain',
      usages: ['any', 'any', 'flying'],
      expirationSeconds: 599,
    };
    const { status, json } = await call('POST', root, { body: csr('a', spec) });
    assert.equal(status, 422);
    assert.deepEqual(
      json.details?.causes?.map(({ field }) => field),
      [
        'spec.request',
        'spec.usages[1]',
        'spec.usages[2]',
        'spec.signerName',
        'spec.expirationSeconds',
      ],
    );
  });

  it('show what has become of them', async () => {
    const { call } = bench();
    await call('POST', root, { body: csr('a', { expirationSeconds: 3600 }), user: jane });
    await call('PATCH', `${root}/a/approval`, { body: conditions('Denied'), headers: merge });
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const { json } = await call('GET', root, { headers });
    assert.deepEqual(
      json.columnDefinitions.map(({ name }) => name),
      ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'],
    );
    assert.deepEqual(json.rows[0]?.cells.slice(2), ['example.com/mine', 'jane', '60m', 'Denied']);
  });
});
