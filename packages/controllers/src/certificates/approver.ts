import { certificateSigningRequests, keyOf } from '@berth/api';
import type {
  CertificateSigningRequest,
  KubeObject,
  ResourceType,
  SubjectAccessReview,
} from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { planApproval } from './plan.ts';
import type { Approval } from './plan.ts';

const accessReviews: ResourceType<SubjectAccessReview & KubeObject> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  singular: 'subjectaccessreview',
  kind: 'SubjectAccessReview',
  namespaced: false,
  shortNames: [],
  categories: [],
};

/** How long until somebody who may not have a certificate now is asked about again. */
const askAgainMs = 60_000;

/** Approves what kubelets ask for, when they were given the right to have it approved. */
export function createCertificateApprover(context: ControllerContext): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const informer = informers.informer(certificateSigningRequests);
  informer.addHandler({
    added: (csr) => queue.add(keyOf(csr)),
    updated: (_, csr) => queue.add(keyOf(csr)),
  });

  const isAllowed = async ({ spec }: CertificateSigningRequest, { subresource }: Approval) => {
    const { username: user = '', uid, groups = [], extra } = spec;
    const { group, resource } = certificateSigningRequests;
    const review = await client.create(accessReviews, {
      metadata: {},
      spec: {
        user,
        groups,
        ...(uid && { uid }),
        ...(extra && { extra }),
        resourceAttributes: { group, resource, subresource, verb: 'create', version: '*' },
      },
    });
    return review.status?.allowed === true;
  };

  return createController({
    name: 'certificatesigningrequest-approving',
    queue,
    workers: 1,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const csr = informer.lister.get(key);
      const rights = csr ? planApproval(csr) : [];
      if (!csr || rights.length === 0) return undefined;
      for (const right of rights) {
        if (!(await isAllowed(csr, right))) continue;
        const { name, resourceVersion } = csr.metadata;
        const approved = {
          type: 'Approved',
          status: 'True',
          reason: 'AutoApproved',
          message: right.message,
        };
        const conditions = [...(csr.status?.conditions ?? []), approved];
        const patch = { metadata: { resourceVersion }, status: { conditions } };
        const subresource = 'approval';
        await client.patch(certificateSigningRequests, { name }, 'merge', patch, { subresource });
        return undefined;
      }
      return { requeueAfterMs: askAgainMs };
    },
  });
}
