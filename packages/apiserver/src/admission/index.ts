import type { Clock } from '@berth/component-base';
import { createDial } from '../proxy/dial.ts';
import type { MakeAdmission } from './admission.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts';
import { defaultTolerationSeconds, usualTolerationSeconds } from './default-toleration-seconds.ts';
import type { TolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger/limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { mutatingPolicies } from './policies/mutating-policies.ts';
import { validatingPolicies } from './policies/validating-policies.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { runtimeClass } from './runtime-class.ts';
import { resourceQuota } from './resource-quota/resource-quota.ts';
import { serviceAccount } from './service-account.ts';
import { storageProtection } from './storage-protection.ts';
import { taintNodes } from './taint-nodes.ts';
import { mutatingWebhooks } from './webhooks/mutating-webhooks.ts';
import { validatingWebhooks } from './webhooks/validating-webhooks.ts';
import { createWebhookCaller } from '../webhook/webhook-caller.ts';

export interface DefaultAdmissionOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly tolerationSeconds?: TolerationSeconds;
}

/** The opinions that every cluster has, in the order in which upstream asks them. */
export const defaultAdmission =
  (options: DefaultAdmissionOptions): MakeAdmission =>
  (reads, writes, dial = createDial({})) => {
    const { clock, random, tolerationSeconds = usualTolerationSeconds } = options;
    const webhooks = { ...options, reads, caller: createWebhookCaller({ clock, dial }) };
    return [
      namespaceLifecycle(reads),
      limitRanger(reads),
      serviceAccount(reads, random),
      nodeRestriction(reads),
      taintNodes,
      podSecurity(reads),
      priority(reads),
      defaultTolerationSeconds(tolerationSeconds),
      defaultStorageClass(reads),
      storageProtection,
      claimResize(reads),
      runtimeClass(reads),
      defaultIngressClass(reads),
      podTopologyLabels(reads),
      mutatingPolicies(reads),
      mutatingWebhooks(webhooks),
      validatingPolicies(reads),
      validatingWebhooks(webhooks),
      // Last: nobody refuses any longer what has been taken from a quota.
      resourceQuota(reads, writes, clock),
    ];
  };
