import { isConflict, isNotFound, keyOf, secrets, serviceAccounts } from '@berth/api';
import type { Secret, ServiceAccount } from '@berth/api';
import { createWorkqueue } from '@berth/client';
import { createController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { accountNameOf, planTokenSecret, tokenSecretType } from './plan.ts';

/** As long as a token can last; it ends with the secret that it is bound to. */
const lastingSeconds = 2 ** 32;

/** Puts tokens into the secrets that are made for them, and takes the secrets away when their account goes. */
export function createServiceAccountTokenController(
  context: ControllerContext,
  rootCa: string,
): Controller {
  const { client, informers, clock, random, logger } = context;
  const queue = createWorkqueue<string>({ clock, random });
  const secretInformer = informers.informer(secrets, { fieldSelector: `type=${tokenSecretType}` });
  const accountInformer = informers.informer(serviceAccounts);

  secretInformer.addHandler({
    added: (secret) => queue.add(keyOf(secret)),
    updated: (_, secret) => queue.add(keyOf(secret)),
  });
  const wake = (account: ServiceAccount) => {
    for (const secret of secretInformer.lister.list())
      if (isOf(secret, account)) queue.add(keyOf(secret));
  };
  accountInformer.addHandler({ added: wake, deleted: wake });

  /** The informer may be late: only what the server does not know is gone. */
  async function accountOf(secret: Secret): Promise<ServiceAccount | undefined> {
    const { namespace = '' } = secret.metadata;
    const name = accountNameOf(secret);
    const known = accountInformer.lister.get(`${namespace}/${name}`);
    if (known || !name) return known;
    return client.get(serviceAccounts, { namespace, name }).catch((err: unknown) => {
      if (isNotFound(err)) return undefined;
      throw err;
    });
  }

  async function tokenFor({ metadata }: Secret, account: ServiceAccount): Promise<string> {
    const { name, uid, namespace = '' } = metadata;
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name, uid };
    const { status } = await client.createSubresource<TokenAnswer>(
      serviceAccounts,
      { namespace, name: account.metadata.name },
      'token',
      { spec: { expirationSeconds: lastingSeconds, boundObjectRef } },
    );
    return status.token;
  }

  return createController({
    name: 'service-account-token',
    queue,
    workers: 2,
    logger,
    ready: (signal) => informers.synced(signal),
    async reconcile(key) {
      const secret = secretInformer.lister.get(key);
      if (!secret) return undefined;
      const account = await accountOf(secret);
      const plan = planTokenSecret({ secret, account, rootCa });
      const { namespace = '', name, uid, resourceVersion } = secret.metadata;
      if (plan.kind === 'remove')
        await client
          .remove(secrets, { namespace, name }, { preconditions: { uid, resourceVersion } })
          .catch(unlessOvertaken);
      if (plan.kind === 'fill' && account) {
        const token = plan.needsToken ? await tokenFor(secret, account) : undefined;
        await client.update(secrets, plan.withToken(token)).catch(unlessOvertaken);
      }
      return undefined;
    },
  });
}

interface TokenAnswer {
  readonly status: { readonly token: string };
}

const isOf = (secret: Secret, { metadata }: ServiceAccount) =>
  secret.metadata.namespace === metadata.namespace && accountNameOf(secret) === metadata.name;

/** What changed meanwhile comes again. */
function unlessOvertaken(err: unknown): void {
  if (!isNotFound(err) && !isConflict(err)) throw err;
}
