import { certificateSigningRequests as type, humanDuration } from '@berth/api';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '@berth/api';
import { formatTime } from '@berth/component-base';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { asGiven } from '../core/given.ts';
import type { Strategy, StrategyContext } from '../strategy.ts';
import { validateCsr, validateCsrUpdate } from './csr-validation.ts';

export const certificateSigningRequests: Strategy<CertificateSigningRequest> = {
  type,
  prepareForCreate: (csr, { user }) => {
    // Who asks is what authentication says, whatever the request says.
    const { uid: _uid, extra: _extra, ...asked } = (csr as Partial<typeof csr>).spec ?? {};
    const spec = {
      ...asked,
      groups: user.groups,
      username: user.name,
      ...(user.uid && { uid: user.uid }),
      ...(user.extra && { extra: user.extra }),
    };
    return { ...csr, spec: spec as typeof csr.spec, status: {} };
  },
  prepareForUpdate: (csr, old) => ({
    ...csr,
    spec: old.spec,
    ...(old.status && { status: old.status }),
  }),
  validate: validateCsr,
  validateUpdate: (csr, old) => validateCsrUpdate(csr, old, { approves: false, issues: false }),
  status: {
    prepareForUpdate: (csr, old, context) => ({
      ...csr,
      spec: old.spec,
      status: { ...csr.status, ...withTimes(csr, old, context) },
    }),
    validateUpdate: (csr, old) => validateCsrUpdate(csr, old, { approves: false, issues: true }),
  },
  generationOf: () => undefined,
  selectable: ['spec.signerName'],
  selectableFields: (csr) => ({ 'spec.signerName': asGiven(csr).spec?.signerName ?? '' }),
  columns: [
    nameColumn,
    ageColumn,
    {
      name: 'SignerName',
      type: 'string',
      description: 'Who is asked to sign.',
      cell: (csr) => asGiven(csr).spec?.signerName ?? '',
    },
    {
      name: 'Requestor',
      type: 'string',
      description: 'Who asked.',
      cell: (csr) => asGiven(csr).spec?.username ?? '',
    },
    {
      name: 'RequestedDuration',
      type: 'string',
      description: 'How long the certificate should be good.',
      cell: (csr) => {
        const { expirationSeconds } = asGiven(csr).spec ?? {};
        return expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000);
      },
    },
    {
      name: 'Condition',
      type: 'string',
      description: 'What has become of it.',
      cell: conditionOf,
    },
  ],
  allowUnconditionalUpdate: true,
  nameKind: 'path-segment',
};

/** The door `approval`: only conditions are written. */
export const approvalRules = {
  prepare: (
    csr: CertificateSigningRequest,
    old: CertificateSigningRequest,
    context: StrategyContext,
  ): CertificateSigningRequest => {
    const { conditions: _conditions, ...kept } = old.status ?? {};
    return { ...csr, spec: old.spec, status: { ...kept, ...withTimes(csr, old, context) } };
  },
  validate: (csr: CertificateSigningRequest, old: CertificateSigningRequest) =>
    validateCsrUpdate(csr, old, { approves: true, issues: false }),
};

function withTimes(
  { status }: CertificateSigningRequest,
  { status: old }: CertificateSigningRequest,
  { now }: StrategyContext,
): { readonly conditions?: readonly CertificateSigningRequestCondition[] } {
  if (!status?.conditions) return {};
  const time = formatTime(now);
  const conditions = status.conditions.map((condition) => {
    const before = old?.conditions?.find(
      ({ type, status: state }) => type === condition.type && state === condition.status,
    );
    const since = before?.lastTransitionTime ?? time;
    return { lastUpdateTime: time, lastTransitionTime: since, ...condition };
  });
  return { conditions };
}

function conditionOf({ status }: CertificateSigningRequest): string {
  const has = (wanted: string) => status?.conditions?.some(({ type }) => type === wanted);
  return [
    has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending',
    ...(has('Failed') ? ['Failed'] : []),
    ...(status?.certificate ? ['Issued'] : []),
  ].join(',');
}
