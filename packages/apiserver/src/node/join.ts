import { badRequest, dnsSubdomain, forbidden, nodes, StatusError, unauthorized } from '@berth/api';
import type { SelfSubjectReview, Transport } from '@berth/api';
import type { JoinRequest, JoinResponse } from '@berth/component-base/node-protocol';
import type { KeyPair, Subject } from '@berth/component-base/pki';
import { nodesGroup } from '../users.ts';
import { createApiCalls } from './api-calls.ts';
import { nodeUserName } from './identity.ts';

export interface JoinOptions {
  /** The API as whoever holds this token. */
  readonly asHolder: (token: string) => Transport;
  /** Signs the certificates of nodes. */
  readonly ca: KeyPair;
  readonly now: () => number;
}

const bootstrappers = 'system:bootstrappers';
const yearMs = 365 * 24 * 3600_000;
/** The clock of a node may be behind ours. */
const skewMs = 300_000;

/** Trades a bootstrap token for the certificate of a node. Throws `StatusError`. */
export async function join(options: JoinOptions, request: JoinRequest): Promise<JoinResponse> {
  const { asHolder, ca, now } = options;
  const refuse = (why: string) => forbidden(nodes, request.nodeName, why);
  const groups = await groupsOf(asHolder(request.token));
  if (!groups.includes(bootstrappers)) throw refuse('only bootstrap tokens let a node join');
  // Slow to load, and most servers never see a node join.
  const { readRequest, signRequest } = await import('@berth/component-base/pki');
  const subject = await readRequest(request.certificateRequest).catch((err: unknown) => {
    throw badRequest('the certificate request cannot be read', { cause: err });
  });
  const problem = subjectProblem(subject, request.nodeName);
  if (problem) throw refuse(problem);
  const validity = { notBefore: now() - skewMs, notAfter: now() + yearMs };
  const usages = { client: true };
  return {
    certificatePem: await signRequest(ca, request.certificateRequest, usages, validity),
    caPem: ca.certPem,
  };
}

async function groupsOf(transport: Transport): Promise<readonly string[]> {
  try {
    const { status } = await createApiCalls(transport).call<SelfSubjectReview>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    );
    return status?.userInfo?.groups ?? [];
  } catch (err) {
    if (!(err instanceof StatusError) || err.status.code !== 401) throw err;
    throw unauthorized('the bootstrap token is not known or has expired');
  }
}

/** Why a node may not have a certificate for this subject; undefined when it may. */
export function subjectProblem(subject: Required<Subject>, nodeName: string): string | undefined {
  const [invalid] = dnsSubdomain(nodeName);
  if (invalid) return `node name ${JSON.stringify(nodeName)} is invalid: ${invalid}`;
  if (subject.commonName !== nodeUserName(nodeName)) {
    return `the certificate request is for ${JSON.stringify(subject.commonName)}, not for ${JSON.stringify(nodeUserName(nodeName))}`;
  }
  const [organization, ...others] = subject.organizations;
  return organization === nodesGroup && others.length === 0
    ? undefined
    : `the certificate request must name the organization ${JSON.stringify(nodesGroup)} alone`;
}
