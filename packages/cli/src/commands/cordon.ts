import { nodes as nodeType } from '@berth/api';
import type { Node } from '@berth/api';
import { fieldManager } from '../connection.ts';
import { declareDryRun, dryRunNote, readDryRun } from '../dry-run.ts';
import type { DryRun } from '../dry-run.ts';
import { mustFetch } from '../fetch.ts';
import type { Session } from '../session.ts';
import { findResource } from '../resources.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

export interface NodeFlags {
  readonly selector?: string;
  readonly dryRun?: string;
}

const cordoning = (unschedulable: boolean, description: string): Verb<NodeFlags> => ({
  declare(command) {
    command
      .usage('(NODE... | -l labels)')
      .description(description)
      .option('-l, --selector <labels>', 'all nodes with these labels');
    declareDryRun(command);
  },
  async run(session, { args, flags }) {
    const dryRun = readDryRun(flags.dryRun);
    for (const node of await chosenNodes(session, args, flags)) {
      await setUnschedulable(session, node, unschedulable, dryRun);
    }
  },
});

export const cordon = cordoning(true, 'Let no new pods onto nodes.');
export const uncordon = cordoning(false, 'Let new pods onto nodes again.');

/** The nodes that a command line names, or selects. */
export async function chosenNodes(
  session: Session,
  args: readonly string[],
  { selector }: NodeFlags,
): Promise<readonly Node[]> {
  if (args.length === 0 && selector === undefined) {
    throw new UsageError('USAGE: a node name or -l is required');
  }
  if (args.length > 0 && selector !== undefined) {
    throw new UsageError('error: cannot specify both a node name and a --selector option');
  }
  const cluster = session.cluster();
  const resource = findResource(await cluster.resources(), 'nodes');
  const names = args.map((arg) => arg.replace(/^(nodes?|no)\//, ''));
  const targets = names.length > 0 ? names.map((name) => ({ resource, name })) : [{ resource }];
  const found = await mustFetch(cluster, targets, selector === undefined ? {} : { selector });
  return found.map(({ object }) => object as Node);
}

export async function setUnschedulable(
  { screen, cluster }: Session,
  { metadata: { name }, spec }: Node,
  unschedulable: boolean,
  dryRun: DryRun,
): Promise<void> {
  const done = `${unschedulable ? 'cordoned' : 'uncordoned'}${dryRunNote(dryRun)}`;
  if ((spec.unschedulable ?? false) === unschedulable) {
    return screen.say(`node/${name} already ${done}`);
  }
  if (dryRun !== 'client') {
    const patch = { spec: { unschedulable: unschedulable || null } };
    const options = { fieldManager, dryRun: dryRun === 'server' };
    await cluster().client.patch(nodeType, { name }, 'strategic', patch, options);
  }
  await screen.say(`node/${name} ${done}`);
}
