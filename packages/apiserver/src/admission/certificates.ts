import { Buffer } from 'node:buffer';
import { certificateSigningRequests, forbidden, isDeepEqual } from '@berth/api';
import type { CertificateSigningRequest } from '@berth/api';
import { parseCertificateRequest } from '@berth/component-base';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { UserInfo } from '../request.ts';
import { masters } from '../users.ts';
import type { Admission, Attributes } from './admission.ts';
import { isOf, on } from './on.ts';

/** Upstream's CertificateApproval, CertificateSigning and CertificateSubjectRestriction. */
export const certificateAdmission = (authorize: Authorizer): readonly Admission[] => [
  {
    name: 'CertificateApproval',
    handles: onPart('approval'),
    validate: (attributes) => permitted(authorize, attributes, 'approve'),
  },
  {
    name: 'CertificateSigning',
    handles: onPart('status'),
    async validate(attributes) {
      const [now, then] = [statusOf(attributes.object), statusOf(attributes.old)];
      const untouched =
        now.certificate === then.certificate && isDeepEqual(now.conditions, then.conditions);
      if (!untouched) await permitted(authorize, attributes, 'sign');
    },
  },
  subjectRestriction,
];

const clientSigner = 'kubernetes.io/kube-apiserver-client';

/** Nobody becomes a member of the group that may do everything by way of a certificate. */
const subjectRestriction: Admission = {
  name: 'CertificateSubjectRestriction',
  handles: on(certificateSigningRequests, 'CREATE'),
  validate({ object, name }) {
    const { spec } = object as CertificateSigningRequest;
    if (spec.signerName !== clientSigner) return;
    const pem = Buffer.from(spec.request, 'base64').toString('latin1');
    if (!parseCertificateRequest(pem).organizations.includes(masters)) return;
    throw forbidden(
      certificateSigningRequests,
      name,
      `use of ${clientSigner} signer with ${masters} group is not allowed`,
    );
  },
};

const onPart =
  (part: string): Admission['handles'] =>
  ({ operation, type, subresource }) =>
    operation === 'UPDATE' && subresource === part && isOf(type, certificateSigningRequests);

const statusOf = (csr: Attributes['object']) =>
  (csr as CertificateSigningRequest | undefined)?.status ?? {};

async function permitted(
  authorize: Authorizer,
  { old, user, name }: Attributes,
  verb: 'approve' | 'sign',
): Promise<void> {
  const { signerName } = (old as CertificateSigningRequest).spec;
  if (await mayUseSigner(authorize, user, verb, signerName)) return;
  throw forbidden(
    certificateSigningRequests,
    name,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`,
  );
}

/** The right is given for one signer, or for all of a domain: `example.com/*`. */
async function mayUseSigner(
  authorize: Authorizer,
  user: UserInfo,
  verb: string,
  signerName: string,
): Promise<boolean> {
  for (const name of [signerName, `${signerName.split('/')[0]}/*`]) {
    const { allowed } = await authorize({
      user,
      verb,
      isResource: true,
      group: certificateSigningRequests.group,
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
      path: '',
    });
    if (allowed) return true;
  }
  return false;
}
