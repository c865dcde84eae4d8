import { isNotFound, nodes, pods } from '@berth/api';
import type { Binding, Pod } from '@berth/api';
import { backoff, sleep } from '@berth/component-base';
import type { Clock, Logger } from '@berth/component-base';
import type { Client } from '@berth/client';

/** What became of a bind. */
export type BindOutcome =
  | { readonly kind: 'bound' }
  /** Another scheduler was faster, or an earlier bind of ours got there after all. */
  | { readonly kind: 'elsewhere'; readonly nodeName: string }
  /** Deleted, or replaced by another pod of its name. */
  | { readonly kind: 'gone' }
  /** The pod is where it was, without a node. */
  | { readonly kind: 'refused'; readonly err: unknown; readonly doing?: string }
  /** This process stops and does not know. */
  | { readonly kind: 'stopped' };

export interface BinderOptions {
  readonly client: Pick<Client, 'get' | 'createSubresource'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

export interface Binder {
  /** Never throws. A bind that may or may not have happened is looked up until the API server says what is true. */
  bind(pod: Pod, nodeName: string, signal: AbortSignal): Promise<BindOutcome>;
  /** What the API server knows of a pod that should be on `nodeName`. */
  lookUp(pod: Pod, nodeName: string, err: unknown, signal: AbortSignal): Promise<BindOutcome>;
}

const betweenLookUps = { initialMs: 100, maxMs: 5_000, jitter: 0.5 };

export function createBinder({ client, clock, random, logger }: BinderOptions): Binder {
  const lookUp: Binder['lookUp'] = async (pod, nodeName, err, signal) => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const { metadata, spec } = await client.get(pods, pod.metadata, signal);
        if (metadata.uid !== pod.metadata.uid) return { kind: 'gone' };
        if (!spec.nodeName) return { kind: 'refused', err };
        return spec.nodeName === nodeName
          ? { kind: 'bound' }
          : { kind: 'elsewhere', nodeName: spec.nodeName };
      } catch (reason) {
        if (isNotFound(reason)) return { kind: 'gone' };
        logger.debug('Could not look up a pod', { pod: pod.metadata.name, err: reason });
        await sleep(clock, backoff(attempt, betweenLookUps, random), signal);
      }
    }
    return { kind: 'stopped' };
  };
  return {
    lookUp,
    async bind(pod, nodeName, signal) {
      try {
        await client.createSubresource(pods, pod.metadata, 'binding', bindingOf(pod, nodeName));
        return { kind: 'bound' };
      } catch (err) {
        // Even a refusal may mean that an earlier bind of ours went through.
        return lookUp(pod, nodeName, err, signal);
      }
    },
  };
}

/** The uid keeps it from binding another pod that took the name meanwhile. */
const bindingOf = ({ metadata }: Pod, nodeName: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    target: { apiVersion: 'v1', kind: nodes.kind, name: nodeName },
  }) satisfies Omit<Binding, 'metadata'> & { readonly metadata: object };
