import { Buffer } from 'node:buffer';
import { createPublicKey, verify } from 'node:crypto';
import { malformed, readDer, readDerOne } from './der.ts';
import type { DerElement } from './der.ts';

/** What a PKCS#10 request asks for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
}

const tags = { bits: 0x03, octets: 0x04, oid: 0x06, sequence: 0x30 };

/** Object identifiers as they stand in DER. */
const oids = {
  commonName: '550403',
  organization: '55040a',
  extensionRequest: '2a864886f70d01090e',
  alternativeNames: '551d11',
};

/** The hash of each way to sign; null where the key decides. */
const signatures: Readonly<Record<string, string | null>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
};

/**
 * Reads a PEM block `CERTIFICATE REQUEST` whose signature is that of its own key; throws an `Error` that says what is
 * wrong with it. Synchronous, and without the library that makes certificates.
 */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/.exec(pem);
  if (block?.[1] !== 'CERTIFICATE REQUEST') {
    throw new Error('PEM block type must be CERTIFICATE REQUEST');
  }
  const der = readDerOne(Buffer.from(block[2] ?? '', 'base64'), tags.sequence);
  const [info, algorithm, signature] = readDer(der.content);
  if (!info || algorithm?.tag !== tags.sequence || signature?.tag !== tags.bits) throw malformed();
  // The first byte counts unused bits, of which a signature has none.
  if (signature.content[0] !== 0) throw malformed();
  const [, subject, publicKey, attributes] = readDer(info.content);
  if (subject?.tag !== tags.sequence || !publicKey) throw malformed();
  checkSignature(info, publicKey, algorithm, signature);
  const names = alternativeNames(attributes);
  const [commonName = '', ...others] = subjectField(subject, oids.commonName);
  // Readers of the certificate may take any of them.
  if (others.length > 0) throw new Error('the certificate request has several common names');
  const all = (tag: number) => names.filter((name) => name.tag === tag);
  return {
    commonName,
    organizations: subjectField(subject, oids.organization),
    emailAddresses: all(0x81).map(({ content }) => latin(content)),
    dnsNames: all(0x82).map(({ content }) => latin(content)),
    uris: all(0x86).map(({ content }) => latin(content)),
    ipAddresses: all(0x87).map(({ content }) => formatIp(content)),
  };
}

function checkSignature(
  info: DerElement,
  publicKey: DerElement,
  algorithm: DerElement,
  signature: DerElement,
): void {
  const oid = oidOf(readDer(algorithm.content)[0]);
  const hash = Object.hasOwn(signatures, oid) ? signatures[oid] : undefined;
  if (hash === undefined) throw new Error('x509: cannot verify signature: algorithm unimplemented');
  const key = createPublicKey({ key: Buffer.from(publicKey.raw), format: 'der', type: 'spki' });
  if (!verify(hash, info.raw, key, signature.content.subarray(1))) {
    throw new Error('x509: the certificate request is not signed by its own key');
  }
}

function subjectField(subject: DerElement, oid: string): readonly string[] {
  return readDer(subject.content)
    .flatMap(({ content }) => readDer(content))
    .map(({ content }) => readDer(content))
    .flatMap(([type, value]) => (oidOf(type) === oid && value ? [textOf(value)] : []));
}

function alternativeNames(attributes: DerElement | undefined): readonly DerElement[] {
  if (!attributes) return [];
  return readDer(attributes.content)
    .map(({ content }) => readDer(content))
    .filter(([type]) => oidOf(type) === oids.extensionRequest)
    .flatMap(([, values]) => (values ? readDer(values.content) : []))
    .flatMap((extensions) => readDer(extensions.content))
    .map((extension) => readDer(extension.content))
    .filter(([type]) => oidOf(type) === oids.alternativeNames)
    .flatMap((parts) => {
      const value = parts.at(-1);
      if (value?.tag !== tags.octets) throw malformed();
      return readDer(readDerOne(value.content, tags.sequence).content);
    });
}

const oidOf = (element: DerElement | undefined): string =>
  element?.tag === tags.oid ? Buffer.from(element.content).toString('hex') : '';

const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

const bmpString = 0x1e;

const textOf = ({ tag, content }: DerElement): string =>
  tag === bmpString
    ? Buffer.from(content.length % 2 ? content.subarray(1) : content)
        .swap16()
        .toString('utf16le')
    : Buffer.from(content).toString('utf8');

function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw malformed();
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}
