import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import {
  duplicate,
  forbiddenField,
  invalidValue,
  isDeepEqual,
  notSupported,
  required,
} from '@berth/api';
import type { CertificateSigningRequest, FieldError } from '@berth/api';
import { parseCertificateRequest } from '@berth/component-base';
import { checkNeeded } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import { checkSignerName } from './signer-name.ts';

const knownUsages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

/** Only the old version of the API knew it. */
const legacySigner = 'kubernetes.io/legacy-unknown';
const shortestSeconds = 600;
const approval: readonly string[] = ['Approved', 'Denied'];
const verdicts: readonly string[] = [...approval, 'Failed'];

export function validateCsr(csr: CertificateSigningRequest): readonly FieldError[] {
  const { spec = {} } = asGiven(csr);
  const { request = '', usages = [], signerName = '', expirationSeconds } = spec;
  return [
    ...checkRequest('spec.request', request),
    ...(usages.length === 0 ? [required('spec.usages', 'usages must be provided')] : []),
    ...usages.flatMap((usage, i) => [
      ...(knownUsages.includes(usage)
        ? []
        : [notSupported(`spec.usages[${i}]`, usage, knownUsages)]),
      ...(usages.indexOf(usage) < i ? [duplicate(`spec.usages[${i}]`, usage)] : []),
    ]),
    ...(signerName === legacySigner
      ? [
          invalidValue(
            'spec.signerName',
            signerName,
            'the legacy signerName is not allowed via this API version',
          ),
        ]
      : checkSignerName('spec.signerName', signerName)),
    ...(expirationSeconds !== undefined && expirationSeconds < shortestSeconds
      ? [
          invalidValue(
            'spec.expirationSeconds',
            expirationSeconds,
            'may not specify a duration less than 600 seconds (10 minutes)',
          ),
        ]
      : []),
    ...checkConditions(csr),
    ...checkCertificate(csr.status?.certificate),
  ];
}

function checkRequest(path: string, request: string): readonly FieldError[] {
  try {
    parseCertificateRequest(Buffer.from(request, 'base64').toString('latin1'));
    return [];
  } catch (err) {
    return [invalidValue(path, request, messageOf(err))];
  }
}

function checkConditions({ status }: CertificateSigningRequest): readonly FieldError[] {
  const conditions = asGiven(status?.conditions ?? []);
  return conditions.flatMap(({ type = '', status: state }, i) => {
    const path = `status.conditions[${i}]`;
    const before = conditions.slice(0, i).map((condition) => condition.type ?? '');
    const opposed =
      approval.includes(type) && before.some((t) => approval.includes(t) && t !== type);
    const states = verdicts.includes(type) ? ['True'] : ['True', 'False', 'Unknown'];
    return [
      ...(type === '' ? [required(`${path}.type`)] : []),
      ...checkNeeded(`${path}.status`, state, states),
      ...(before.includes(type) ? [duplicate(`${path}.type`, type)] : []),
      ...(opposed
        ? [
            invalidValue(
              `${path}.type`,
              type,
              'Approved and Denied conditions are mutually exclusive',
            ),
          ]
        : []),
    ];
  });
}

function checkCertificate(certificate: string | undefined): readonly FieldError[] {
  if (!certificate) return [];
  const problem = problemOf(Buffer.from(certificate, 'base64').toString('latin1'));
  return problem ? [invalidValue('status.certificate', '<certificate data>', problem)] : [];
}

function problemOf(pem: string): string | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)];
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const [block, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE') {
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    }
    if (body.includes(':')) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(block);
    } catch (err) {
      return messageOf(err);
    }
  }
  return undefined;
}

const messageOf = (err: unknown) => (err instanceof Error ? err.message : String(err));

/** What the two ways to write a status may do beyond each other. */
export interface StatusRights {
  readonly approves: boolean;
  readonly issues: boolean;
}

export function validateCsrUpdate(
  csr: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { approves, issues }: StatusRights,
): readonly FieldError[] {
  const path = 'status.conditions';
  const present = typesOf(csr);
  const before = typesOf(old);
  const refuse = (what: string, type: string) =>
    forbiddenField(path, `updates may not ${what} a condition of type ${JSON.stringify(type)}`);
  const removed = verdicts.filter((type) => before.includes(type) && !present.includes(type));
  const added = approval.filter((type) => present.includes(type) && !before.includes(type));
  return [
    ...validateCsr(csr),
    ...removed.map((type) => refuse('remove', type)),
    ...(approves ? [] : added.map((type) => refuse('add', type))),
    ...(approves ? [] : modified(csr, old).map((type) => refuse('modify', type))),
    ...checkIssued(csr.status?.certificate ?? '', old.status?.certificate ?? '', issues),
  ];
}

const typesOf = ({ status }: CertificateSigningRequest): readonly string[] =>
  (status?.conditions ?? []).map(({ type }) => type);

/** Verdicts on approval that stand in both, and say different things. */
function modified(
  { status }: CertificateSigningRequest,
  { status: old }: CertificateSigningRequest,
): readonly string[] {
  const of = (conditions = status?.conditions, wanted = '') =>
    conditions?.find(({ type }) => type === wanted);
  return approval.filter((type) => {
    const [now, then] = [of(status?.conditions, type), of(old?.conditions, type)];
    return now !== undefined && then !== undefined && !isDeepEqual(now, then);
  });
}

function checkIssued(certificate: string, old: string, issues: boolean): readonly FieldError[] {
  if (certificate === old) return [];
  const path = 'status.certificate';
  if (!issues) return [forbiddenField(path, 'updates may not set certificate content')];
  return old ? [forbiddenField(path, 'updates may not modify existing certificate content')] : [];
}
