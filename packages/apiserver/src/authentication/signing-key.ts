import { generateKeyPairSync } from 'node:crypto';

/** A fresh EC P-256 private key for service account tokens, PEM. */
export const generateSigningKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
