import { isNotFound, pods as podType, StatusError } from '@berth/api';
import type { Node, Pod } from '@berth/api';
import { sleep } from '@berth/component-base';
import { declareSwitch } from '../command-line.ts';
import { planDrain } from '../drain-plan.ts';
import type { DrainOptions } from '../drain-plan.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import { followObject } from '../follow.ts';
import { ownRef } from '../object-names.ts';
import type { Session } from '../session.ts';
import { readDuration, withTimeLimit } from '../time-limit.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { chosenNodes, setUnschedulable } from './cordon.ts';
import type { NodeFlags } from './cordon.ts';

interface DrainFlags extends NodeFlags {
  readonly force?: boolean;
  readonly ignoreDaemonsets?: boolean;
  readonly deleteEmptydirData?: boolean;
  readonly disableEviction?: boolean;
  readonly gracePeriod: string;
  readonly timeout: string;
  readonly podSelector?: string;
}

/** A disruption budget may allow it later. */
const retryMs = 5000;

export const drain: Verb<DrainFlags> = {
  declare(command) {
    command
      .usage('(NODE... | -l labels)')
      .description('Let no new pods onto nodes, and have those that are there moved.')
      .option('-l, --selector <labels>', 'all nodes with these labels')
      .option('--pod-selector <labels>', 'only pods with these labels')
      .option('--grace-period <seconds>', 'time that pods get to end; -1: what they say', '-1')
      .option('--timeout <duration>', 'how long to wait; 0s: as long as it takes', '0s');
    declareSwitch(command, '--force', 'also pods that nobody will replace');
    declareSwitch(command, '--ignore-daemonsets', 'leave pods of DaemonSets where they are');
    declareSwitch(command, '--delete-emptydir-data', 'also pods whose emptyDirs will be lost');
    declareSwitch(command, '--disable-eviction', 'delete pods, whatever disruption budgets say');
    declareDryRun(command);
  },

  async run(session, { args, flags }) {
    const { screen, host } = session;
    const dryRun = readDryRun(flags.dryRun);
    const options: DrainOptions = {
      force: flags.force ?? false,
      ignoreDaemonSets: flags.ignoreDaemonsets ?? false,
      deleteEmptyDirData: flags.deleteEmptydirData ?? false,
      disableEviction: flags.disableEviction ?? false,
    };
    const nodes = await chosenNodes(session, args, flags);
    for (const node of nodes) await setUnschedulable(session, node, true, dryRun);
    const limit = readDuration('--timeout', flags.timeout);
    for (const node of nodes) {
      const { name } = node.metadata;
      const plan = planDrain(await podsOn(session, node, flags), options);
      for (const warning of plan.warnings) await screen.tell(`Warning: ${warning}`);
      if (plan.objections.length > 0) {
        throw new UsageError(
          `unable to drain node "${name}" due to error: [${plan.objections.join(', ')}], continuing command...\nThere are pending nodes to be drained:\n ${name}\n${plan.objections.join('\n')}`,
        );
      }
      if (dryRun === 'none') {
        await withTimeLimit(host.clock, limit, (signal) =>
          Promise.all(plan.evict.map((pod) => evict(session, pod, flags, options, signal))),
        );
      } else {
        for (const pod of plan.evict) {
          await screen.say(
            `evicting pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}${dryRunNote(dryRun)}`,
          );
        }
      }
      await screen.say(`node/${name} drained${dryRunNote(dryRun)}`);
    }
  },
};

async function podsOn(
  { cluster }: Session,
  { metadata: { name } }: Node,
  { podSelector }: DrainFlags,
): Promise<readonly Pod[]> {
  const { items } = await cluster().client.list(podType, {
    fieldSelector: `spec.nodeName=${name}`,
    ...(podSelector !== undefined && { labelSelector: podSelector }),
  });
  return items;
}

/** Asks until it is granted, then waits until the pod is gone. */
async function evict(
  { screen, host, cluster }: Session,
  pod: Pod,
  { gracePeriod }: DrainFlags,
  { disableEviction }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const { client } = cluster();
  const { name, namespace = '', uid } = pod.metadata;
  const ref = ownRef(pod);
  const seconds = Number(gracePeriod);
  const deleteOptions = {
    preconditions: { uid },
    ...(seconds >= 0 && { gracePeriodSeconds: seconds }),
  };
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: ref, deleteOptions };
  await screen.say(`evicting pod ${namespace}/${name}`);
  for (;;) {
    try {
      if (disableEviction) await client.remove(podType, ref, { ...deleteOptions, signal });
      else await client.createSubresource(podType, ref, 'eviction', body, { signal });
      break;
    } catch (err) {
      if (isNotFound(err)) break;
      if (!(err instanceof StatusError) || err.status.code !== 429) throw err;
      await screen.tell(
        `error when evicting pods/"${name}" -n "${namespace}" (will retry after 5s): ${err.message}`,
      );
      await sleep(host.clock, retryMs, signal);
      signal.throwIfAborted();
    }
  }
  for await (const object of followObject(client, podType, { namespace, name }, signal)) {
    if (object?.metadata.uid !== uid) break;
  }
  await screen.say(`pod/${name} ${disableEviction ? 'deleted' : 'evicted'}`);
}
