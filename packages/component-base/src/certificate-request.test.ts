import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { parseCertificateRequest } from './certificate-request.ts';

const pem = `-----BEGIN CERTIFICATE REQUEST-----
MIIBQTCB6QIBADAvMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFjAUBgNVBAMMDXN5
c3RlbTpub2RlOmEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQxL3vaegp0davu
17yIHDnKptZ68ruM1ZtboKUDUCzRohMhQiocx2kXGI9CLd8pU+W0Vjn8qvPcr07Z
o2pS7pBWoFgwVgYJKoZIhvcNAQkOMUkwRzBFBgNVHREEPjA8gg1hLmV4YW1wbGUu
Y29thwQKAAABhxD9AAAAAAAAAAAAAAAAAAABgQVhQGIuY4YMc3BpZmZlOi8veC95
MAoGCCqGSM49BAMCA0cAMEQCIC7vCPGPDArxfWUYPvQ0l7rWYLsvWPLJbZ7pz5Zn
m9DtAiB6abVSIQANkmGXwucSwQFLBi0cXzYqsLm1s1inTpwt4g==
-----END CERTIFICATE REQUEST-----
`;

const armoured = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');

describe('parseCertificateRequest', () => {
  it('reads subject and alternative names', () => {
    assert.deepEqual(parseCertificateRequest(pem), {
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
      dnsNames: ['a.example.com'],
      ipAddresses: ['10.0.0.1', 'fd00:0:0:0:0:0:0:1'],
      emailAddresses: ['a@b.c'],
      uris: ['spiffe://x/y'],
    });
  });

  it('refuses other PEM blocks in the words that clients know', () => {
    const message = 'PEM block type must be CERTIFICATE REQUEST';
    for (const text of ['', 'nonsense', pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')]) {
      assert.throws(() => parseCertificateRequest(text), { message });
    }
  });

  it('refuses a request that somebody has changed or cut, whatever the change', () => {
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const forged = Uint8Array.from(der);
        forged[at] = (forged[at] ?? 0) ^ by;
        assert.throws(() => parseCertificateRequest(armoured(forged)), Error);
        assert.throws(() => parseCertificateRequest(armoured(der.subarray(0, at))), Error);
      }),
    );
  });
});
