import { pathOf, pods as podType, StatusError } from '@berth/api';
import type { PlacementExplanation, PlacementRules, Pod } from '@berth/api';
import type { Cluster } from '../connection.ts';
import { placementLines } from '../placement-text.ts';
import { choosePods, podsOf } from '../pods-of.ts';
import { jsonText, yamlText } from '../printers/object-text.ts';
import { parseOutput } from '../printers/output-form.ts';
import { declareRules, readRules } from '../scheduler-rules.ts';
import type { RulesFlags } from '../scheduler-rules.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { explainPod } from '../why.ts';
import { eventsOf } from './describe.ts';

interface WhyFlags extends RulesFlags {
  readonly output?: string;
}

export const why: Verb<WhyFlags> = {
  declare(command) {
    command
      .usage('(POD | TYPE/NAME)')
      .description(
        'Say why pods are where they are or nowhere, why they are not ready, and what helps.',
      )
      .option('-o, --output <form>', 'print what the scheduler says of every node: json, yaml');
    declareRules(command);
  },

  async run(session, { args, flags }) {
    const cluster = session.cluster();
    const [word] = args;
    if (word === undefined) throw new UsageError('POD or TYPE/NAME is required');
    const form = parseOutput(flags.output, session.host.readFile);
    const rules = readRules(flags, session.host);
    const pods = await podsOf(cluster, await choosePods(cluster, word));
    if (form.kind === 'json' || form.kind === 'yaml') {
      const print = form.kind === 'json' ? jsonText : yamlText;
      for (const pod of pods) await session.screen.raw(print(await explain(cluster, pod, rules)));
      return;
    }
    if (form.kind !== 'table') throw new UsageError('-o takes json and yaml');
    for (const pod of pods) await say(session, cluster, pod, rules);
  },
};

const explain = ({ client }: Cluster, { metadata }: Pod, rules: PlacementRules = {}) => {
  const query = new URLSearchParams({ ...rules }).toString();
  const path = pathOf(podType, { ...metadata, subresource: 'why' });
  return client.getPath<PlacementExplanation>(query ? `${path}?${query}` : path);
};

async function say(
  { screen }: Session,
  cluster: Cluster,
  pod: Pod,
  rules: PlacementRules | undefined,
): Promise<void> {
  const events = await eventsOf(cluster.client, { resource: podType, object: pod });
  const { summary, causes } = explainPod(pod, events);
  const placement = isOver(pod) ? undefined : await placementOf(cluster, pod, rules);
  const isPlaced = Boolean(pod.spec.nodeName);
  // What the scheduler says about a pod without a node says more than its condition does.
  const told = placement && !isPlaced ? [] : causes;
  const hasMore = told.length > 0 || placement !== undefined;
  await screen.say(hasMore ? `${summary}:` : summary);
  for (const { what, details, advice } of told) {
    await screen.say(`  ${what}`);
    for (const detail of details) await screen.say(`    - ${detail}`);
    if (advice !== undefined) await screen.say(`  What may help: ${advice}`);
  }
  for (const line of placement ? placementLines(placement.status) : [])
    await screen.say(`  ${line}`);
}

const isOver = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined ||
  status?.phase === 'Succeeded' ||
  status?.phase === 'Failed';

/** Not every server knows, and not everybody may ask; but who asks for other rules wants to know what is wrong with them. */
async function placementOf(
  cluster: Cluster,
  pod: Pod,
  rules: PlacementRules | undefined,
): Promise<PlacementExplanation | undefined> {
  try {
    return await explain(cluster, pod, rules);
  } catch (err) {
    if (err instanceof StatusError && !rules) return undefined;
    throw err;
  }
}
