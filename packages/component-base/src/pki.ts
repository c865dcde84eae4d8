import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Who a certificate speaks for: Kubernetes reads the common name as user and the organizations as groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** Milliseconds since the epoch; certificates keep whole seconds. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const crypto = webcrypto;

/** A certificate authority with a fresh EC P-256 key. */
export async function createCa(commonName: string, validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys();
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: nameOf({ commonName }),
      keys,
      serialNumber: serialNumber(),
      ...datesOf(validity),
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(keyCertSign | digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { certPem: pem(certificate), keyPem: await privatePem(keys) };
}

/** A serving certificate for DNS names and IP addresses. */
export const issueServer = (
  ca: KeyPair,
  commonName: string,
  names: readonly string[],
  validity: Validity,
): Promise<KeyPair> => issue(ca, { commonName }, { server: true, names }, validity);

/** A certificate that proves who a client is. */
export const issueClient = (ca: KeyPair, subject: Subject, validity: Validity): Promise<KeyPair> =>
  issue(ca, subject, { client: true }, validity);

/** A key of one's own and a PKCS#10 request in DER, for somebody else to sign. */
export async function createRequest(
  subject: Subject,
): Promise<{ readonly keyPem: string; readonly request: Uint8Array }> {
  const keys = await generateKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: nameOf(subject), keys, signingAlgorithm: algorithm },
    crypto,
  );
  return { keyPem: await privatePem(keys), request: new Uint8Array(request.rawData) };
}

/**
 * Whom a request in DER or PEM asks to speak for. Throws when it is malformed, not signed by its own key, or has more
 * than one common name, of which readers of the certificate may take any.
 */
export async function readRequest(request: Uint8Array | string): Promise<Required<Subject>> {
  const { subjectName } = await verified(request);
  const [commonName = '', ...others] = subjectName.getField('CN');
  if (others.length > 0) throw new Error('the certificate request has several common names');
  return { commonName, organizations: subjectName.getField('O') };
}

export interface Usages {
  readonly server?: boolean;
  readonly client?: boolean;
  /** The key may encipher other keys, besides signing. */
  readonly keyEncipherment?: boolean;
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
  readonly emailAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

/**
 * Signs a request that the caller has judged, in DER or PEM, and answers the certificate as PEM. Subject and key are
 * the request's; usages and names are the caller's, whatever the request says.
 */
export async function signRequest(
  ca: KeyPair,
  request: Uint8Array | string,
  usages: Usages,
  validity: Validity,
): Promise<string> {
  const { subjectName, publicKey } = await verified(request);
  const key = (await publicKey.export(crypto)) as webcrypto.CryptoKey;
  return sign(ca, subjectName, key, usages, validity);
}

async function issue(
  ca: KeyPair,
  subject: Subject,
  usages: Usages,
  validity: Validity,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const certPem = await sign(ca, new x509.Name(nameOf(subject)), keys.publicKey, usages, validity);
  return { certPem, keyPem: await privatePem(keys) };
}

async function sign(
  ca: KeyPair,
  subject: x509.Name,
  publicKey: webcrypto.CryptoKey,
  usages: Usages,
  validity: Validity,
): Promise<string> {
  const issuer = new x509.X509Certificate(ca.certPem);
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const names = alternativeNames(usages);
  const signingAlgorithm = algorithmOf(ca.keyPem);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer.subjectName,
      publicKey,
      signingKey: await importPrivate(ca.keyPem, signingAlgorithm),
      signingAlgorithm,
      serialNumber: serialNumber(),
      ...datesOf(validity),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        keyUsages(usages),
        new x509.ExtendedKeyUsageExtension([
          ...(usages.server ? [serverAuth] : []),
          ...(usages.client ? [clientAuth] : []),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    },
    crypto,
  );
  return pem(certificate);
}

async function verified(request: Uint8Array | string): Promise<x509.Pkcs10CertificateRequest> {
  const parsed = new x509.Pkcs10CertificateRequest(request);
  if (!(await parsed.verify(crypto))) {
    throw new Error('the certificate request is not signed by its own key');
  }
  return parsed;
}

function keyUsages({ keyEncipherment }: Usages): x509.KeyUsagesExtension {
  const { digitalSignature, keyEncipherment: encipherment } = x509.KeyUsageFlags;
  return keyEncipherment
    ? new x509.KeyUsagesExtension(digitalSignature | encipherment, true)
    : new x509.KeyUsagesExtension(digitalSignature, true);
}

const alternativeNames = ({ names = [], emailAddresses = [], uris = [] }: Usages) => [
  ...names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
  ...emailAddresses.map((value) => ({ type: 'email' as const, value })),
  ...uris.map((value) => ({ type: 'url' as const, value })),
];

const nameOf = ({ commonName, organizations = [] }: Subject): x509.JsonName => [
  ...organizations.map((organization) => ({ O: [organization] })),
  { CN: [commonName] },
];

const datesOf = ({ notBefore, notAfter }: Validity) => ({
  notBefore: new Date(notBefore),
  notAfter: new Date(notAfter),
});

/** Positive and of full length, as RFC 5280 wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

const generateKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

const importPrivate = (keyPem: string, by: ReturnType<typeof algorithmOf>) =>
  crypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' }),
    by,
    false,
    ['sign'],
  );

/** Authorities that were made elsewhere often have RSA keys, or other curves than ours. */
function algorithmOf(keyPem: string) {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keyPem);
  if (asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const namedCurve = curves[asymmetricKeyDetails?.namedCurve ?? ''];
  if (!namedCurve) throw new Error('the key of the authority is neither RSA nor of a NIST curve');
  return { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

const pem = (certificate: x509.X509Certificate) => `${certificate.toString('pem')}\n`;

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}
