import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import {
  createCa,
  createRequest,
  issueClient,
  issueServer,
  readRequest,
  signRequest,
} from './pki.ts';
import type { KeyPair } from './pki.ts';

const now = Date.now();
const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };

describe('pki', () => {
  let ca: KeyPair;
  before(async () => {
    ca = await createCa('test-ca', validity);
  });

  it('makes a CA that can sign', () => {
    const certificate = new X509Certificate(ca.certPem);
    assert.equal(certificate.ca, true);
    assert.equal(certificate.subject, 'CN=test-ca');
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(
      Math.floor(Date.parse(certificate.validTo) / 1000),
      Math.floor(validity.notAfter / 1000),
    );
  });

  it('issues a pair that two ends of a TLS connection believe', async () => {
    const server = await issueServer(ca, 'kubernetes', ['localhost', '127.0.0.1', '::1'], validity);
    const client = await issueClient(
      ca,
      { commonName: 'jane', organizations: ['dev', 'ops'] },
      validity,
    );
    const listener = createServer({
      cert: server.certPem,
      key: server.keyPem,
      ca: ca.certPem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const subject = new Promise((resolve) =>
      listener.once('secureConnection', (socket) => {
        resolve({ ...socket.getPeerCertificate().subject });
        socket.end();
      }),
    );
    const { port } = listener.address() as AddressInfo;
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: ca.certPem,
      cert: client.certPem,
      key: client.keyPem,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', () => resolve());
      socket.once('error', reject);
    });
    assert.deepEqual(await subject, { O: ['dev', 'ops'], CN: 'jane' });
    socket.destroy();
    listener.close();
  });

  it('signs a request as its owner asked, with the usages of the signer', async () => {
    const asked = { commonName: 'system:node:a', organizations: ['system:nodes'] };
    const { request } = await createRequest(asked);
    assert.deepEqual(await readRequest(request), asked);
    const certificate = new X509Certificate(
      await signRequest(ca, request, { client: true }, validity),
    );
    assert.ok(certificate.checkIssued(new X509Certificate(ca.certPem)));
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:a');
  });

  it('refuses a request that somebody has changed', async () => {
    const { request } = await createRequest({ commonName: 'system:node:a' });
    const forged = new Uint8Array(request);
    const at = Buffer.from(request).indexOf('system:node:a') + 'system:node:'.length;
    forged[at] = 'b'.charCodeAt(0);
    await assert.rejects(readRequest(forged));
    await assert.rejects(readRequest(new Uint8Array([1, 2, 3])));
  });
});
