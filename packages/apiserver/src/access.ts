import {
  clusterRoleBindings,
  clusterRoles,
  persistentVolumes,
  pods,
  roleBindings,
  roles,
} from '@berth/api';
import type { KubeObject, PolicyRule, ResourceType } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import { anyToken, createAuthenticator } from './authentication/authenticator.ts';
import type { TokenAuthenticator } from './authentication/authenticator.ts';
import { bootstrapTokens } from './authentication/bootstrap-tokens.ts';
import { createServiceAccountTokens } from './authentication/service-account-tokens.ts';
import type { ServiceAccountTokens } from './authentication/service-account-tokens.ts';
import { staticTokens } from './authentication/static-tokens.ts';
import { firstOpinion, privilegedGroup } from './authorization/authorizer.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import { nodeAuthorizer, nodeRules } from './authorization/node-authorizer.ts';
import { createPodsByNode } from './authorization/pods-by-node.ts';
import { createVolumesByClaim } from './authorization/volumes-by-claim.ts';
import type { PodsByNode } from './authorization/pods-by-node.ts';
import { grantsOf, rbacAuthorizer } from './authorization/rbac.ts';
import { createRbacIndex } from './authorization/rbac-index.ts';
import { follow } from './follow.ts';
import type { Sink } from './follow.ts';
import type { Lookup } from './lookup.ts';
import type { Registry } from './registry/registry.ts';
import type { UserInfo } from './request.ts';
import { masters, nodeNameOf } from './users.ts';

export interface ServiceAccountOptions {
  /** EC P-256 private key, PEM; every server of a cluster has the same. */
  readonly keyPem: string;
  readonly issuer: string;
  /** The issuer alone when absent. */
  readonly audiences?: readonly string[];
}

export interface AccessOptions {
  readonly registry: Pick<Registry, 'store' | 'reads'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly logger: Logger;
  readonly serviceAccounts: ServiceAccountOptions;
  /** Tokens that always work, for setting a cluster up. */
  readonly tokens: readonly { readonly token: string; readonly user: UserInfo }[];
}

/** Who somebody is and what they may do, from the objects of the cluster. */
export interface Access {
  readonly authenticate: ReturnType<typeof createAuthenticator>;
  readonly authenticateToken: TokenAuthenticator;
  readonly authorize: Authorizer;
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[];
  /** What a role allows; undefined when there is no such role. */
  roleRules(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined;
  readonly serviceAccountTokens: ServiceAccountTokens;
  readonly podsByNode: PodsByNode;
  /** Resolves when roles, bindings and pods are known; keeps them up to date until `signal` aborts. */
  start(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
}

export function createAccess(options: AccessOptions): Access {
  const { registry, clock, newUid, serviceAccounts, tokens } = options;
  const lookup: Lookup = (type, ref) => registry.reads.get(type, ref);
  const serviceAccountTokens = createServiceAccountTokens({
    ...serviceAccounts,
    audiences: serviceAccounts.audiences ?? [serviceAccounts.issuer],
    lookup,
    lookupNewest: (type, ref) => registry.reads.getFresh(type, ref),
    clock,
    newUid,
  });
  const authenticateToken = anyToken([
    staticTokens(tokens),
    serviceAccountTokens.authenticate,
    bootstrapTokens(lookup, clock),
  ]);
  const index = createRbacIndex();
  const podsByNode = createPodsByNode();
  const volumes = createVolumesByClaim();
  let synced = false;

  return {
    authenticate: createAuthenticator(authenticateToken),
    authenticateToken,
    serviceAccountTokens,
    podsByNode,
    authorize: firstOpinion([
      privilegedGroup(masters),
      nodeAuthorizer({ podsOn: podsByNode.podsOn, volumeOf: volumes.volumeOf }),
      rbacAuthorizer(index),
    ]),
    rulesFor: (user, namespace) => [
      ...(user.groups.includes(masters) ? everything : []),
      ...(nodeNameOf(user) === undefined ? [] : nodeRules),
      ...[...grantsOf(index, user, namespace)].flatMap(({ rules }) => rules),
    ],
    roleRules(kind, namespace, name) {
      const role = kind === 'ClusterRole' ? index.clusterRole(name) : index.role(namespace, name);
      return role && (role.rules ?? []);
    },
    async start(signal) {
      const { sinks } = index;
      await Promise.all([
        followed(options, clusterRoles, sinks.clusterRoles, signal),
        followed(options, roles, sinks.roles, signal),
        followed(options, clusterRoleBindings, sinks.clusterRoleBindings, signal),
        followed(options, roleBindings, sinks.roleBindings, signal),
        followed(options, pods, podsByNode.sink, signal),
        followed(options, persistentVolumes, volumes.sink, signal),
      ]);
      synced = true;
    },
    hasSynced: () => synced,
  };
}

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** Resolves when the sink is level with the store for the first time, or the signal aborts. */
const followed = <T extends KubeObject>(
  { registry, clock, random, logger }: AccessOptions,
  type: ResourceType<T>,
  sink: Sink<T>,
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve) => {
    const log = logger.with({ resource: type.resource });
    const options = { clock, random, logger: log, onSynced: resolve };
    void follow(registry.store(type), sink, options, signal).then(resolve);
  });
