import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@berth/component-base/testing';
import { openPki } from './pki-dir.ts';

describe('openPki', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-pki-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const clock = createFakeClock(Date.now());
  const open = (serverNames: readonly string[] = ['10.96.0.1'], now = clock.now()) =>
    openPki({ dir: join(dir, 'pki'), clock: { now: () => now }, serverNames });

  it('makes keys that only their owner can read, and reads them afterwards', async () => {
    const first = await open();
    const again = await open();
    assert.deepEqual(
      [again.ca, again.server, again.serviceAccountKeyPem],
      [first.ca, first.server, first.serviceAccountKeyPem],
    );
    for (const file of await readdir(join(dir, 'pki'))) {
      const { mode } = await stat(join(dir, 'pki', file));
      assert.equal(mode & 0o777, file.endsWith('.key') ? 0o600 : 0o644, file);
    }
    assert.equal((await stat(join(dir, 'pki'))).mode & 0o077, 0);
  });

  it('makes the server certificate anew for a new name, or before it expires, under the same CA', async () => {
    const first = await open();
    const renamed = await open(['10.96.0.1', 'api.example']);
    assert.notEqual(renamed.server.certPem, first.server.certPem);
    assert.equal(renamed.ca.certPem, first.ca.certPem);
    const certificate = new X509Certificate(renamed.server.certPem);
    for (const host of ['api.example', 'kubernetes.default.svc', 'localhost']) {
      assert.ok(certificate.checkHost(host), host);
    }
    assert.ok(certificate.checkIP('10.96.0.1') && certificate.checkIP('127.0.0.1'));
    const late = await open(['10.96.0.1', 'api.example'], clock.now() + 340 * 24 * 3600_000);
    assert.notEqual(late.server.certPem, renamed.server.certPem);
  });

  it('issues client certificates', async () => {
    const pki = await open();
    const { certPem } = await pki.issueClient({ commonName: 'jane', organizations: ['dev'] });
    assert.equal(new X509Certificate(certPem).subject, 'O=dev\nCN=jane');
  });
});
