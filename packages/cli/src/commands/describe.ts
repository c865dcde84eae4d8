import {
  endpointSlices,
  events as eventType,
  formatSelector,
  isForbidden,
  isNotFound,
  leases,
  pods as podType,
  replicaSets as replicaSetType,
  toSelector,
} from '@berth/api';
import type {
  Deployment,
  Event,
  HorizontalPodAutoscaler,
  KubeObject,
  LabelSelector,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from '@berth/api';
import type { Client } from '@berth/client';
import { declareSwitch } from '../command-line.ts';
import type { Narrowing, Found } from '../fetch.ts';
import { fetchObjects } from '../fetch.ts';
import { describeDeployment } from '../describe/deployment.ts';
import { describeAny } from '../describe/generic.ts';
import { describeHorizontalPodAutoscaler } from '../describe/horizontal-pod-autoscaler.ts';
import type { Line } from '../describe/lines.ts';
import { describeNode } from '../describe/node.ts';
import { describePod } from '../describe/pod.ts';
import { describeReplicaSet } from '../describe/replica-set.ts';
import { describeService } from '../describe/service.ts';
import { formatDescription } from '../printers/description.ts';
import { parseTargets } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import type { Resource } from '../resources.ts';
import type { Verb } from '../verb.ts';

interface DescribeFlags extends Narrowing {
  readonly showEvents: boolean;
}

export const describeVerb: Verb<DescribeFlags> = {
  declare(command) {
    command
      .usage('(TYPE [NAME...] | TYPE/NAME... | TYPE -l labels)')
      .description('Show all about objects that a person may want to know, with their events.')
      .option('-l, --selector <labels>', 'only objects with these labels');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
    declareSwitch(command, '--show-events', 'with what happened to them', true);
  },

  async run(session, { args, flags }) {
    const { screen, host } = session;
    const cluster = session.cluster();
    const targets = parseTargets(await cluster.resources(), args);
    if (targets.length === 0) {
      throw new UsageError('You must specify the type of resource to describe.');
    }
    const outcomes = await fetchObjects(cluster, targets, flags);
    const errors = outcomes.flatMap((outcome) => ('err' in outcome ? [outcome.err] : []));
    const found = outcomes.flatMap((outcome) =>
      'err' in outcome
        ? []
        : outcome.value.map((object) => ({ object, resource: outcome.target.resource })),
    );
    const texts: string[] = [];
    for (const one of found) {
      const events = flags.showEvents ? await eventsOf(cluster.client, one) : [];
      const lines = await describeOne(cluster.client, one, events, host.clock.now());
      texts.push(formatDescription(lines, screen.palette));
    }
    await screen.print(texts.join('\n\n'));
    if (errors.length > 0) throw new AggregateError(errors);
    if (found.length === 0) {
      await screen.tell(`No resources found in ${cluster.namespace} namespace.`);
    }
  },
};

async function describeOne(
  client: Client,
  { resource, object }: Found,
  events: readonly Event[],
  now: number,
): Promise<readonly Line[]> {
  const namespace = object.metadata.namespace ?? '';
  switch (`${resource.group}/${resource.resource}`) {
    case '/pods':
      return describePod(object as Pod, events, now);
    case 'apps/deployments': {
      const deployment = object as Deployment;
      const own = { namespace, ...selected(deployment.spec.selector) };
      const { items } = await client.list(replicaSetType, own);
      return describeDeployment(deployment, items, events, now);
    }
    case 'apps/replicasets': {
      const replicaSet = object as ReplicaSet;
      const own = { namespace, ...selected(replicaSet.spec.selector) };
      const { items } = await client.list(podType, own);
      return describeReplicaSet(replicaSet, items, events, now);
    }
    case '/services': {
      const labelSelector = `kubernetes.io/service-name=${object.metadata.name}`;
      const { items } = await client.list(endpointSlices, { namespace, labelSelector });
      return describeService(object as Service, items, events, now);
    }
    case 'autoscaling/horizontalpodautoscalers':
      return resource.version === 'v2'
        ? describeHorizontalPodAutoscaler(object as HorizontalPodAutoscaler, events, now)
        : describeAny(resource, object, events, now);
    case '/nodes': {
      const { name } = object.metadata;
      const [{ items }, lease] = await Promise.all([
        client.list(podType, { fieldSelector: `spec.nodeName=${name}` }),
        client
          .get(leases, { namespace: 'kube-node-lease', name })
          .catch(nothingFor([isNotFound, isForbidden])),
      ]);
      return describeNode(object as Node, { pods: items, lease }, events, now);
    }
    default:
      return describeAny(resource, object, events, now);
  }
}

function selected(selector: LabelSelector) {
  const parsed = toSelector(selector);
  return parsed ? { labelSelector: formatSelector(parsed) } : {};
}

/** What happened to an object; without the right to read it, nothing. */
export async function eventsOf(
  client: Client,
  {
    resource,
    object: { metadata },
  }: { readonly resource: Pick<Resource, 'kind'>; readonly object: KubeObject },
): Promise<readonly Event[]> {
  const terms = {
    'involvedObject.kind': resource.kind,
    'involvedObject.name': metadata.name,
    // Events about nodes carry the node's name as its uid, as upstream's do.
    ...(metadata.namespace && { 'involvedObject.namespace': metadata.namespace }),
    ...(metadata.namespace && metadata.uid && { 'involvedObject.uid': metadata.uid }),
  };
  const fieldSelector = Object.entries(terms)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  const list = await client
    .list(eventType, { ...where, fieldSelector })
    .catch(nothingFor([isForbidden]));
  return list?.items ?? [];
}

const nothingFor =
  (kinds: readonly ((err: unknown) => boolean)[]) =>
  (err: unknown): undefined => {
    if (!kinds.some((is) => is(err))) throw err;
  };
