import { placementPlans } from '@berth/api';
import type { PlacementPlan, PlannedPod } from '@berth/api';
import { fieldManager } from '../connection.ts';
import { declareFiles, placeManifests } from '../manifest-targets.ts';
import type { FileFlags } from '../manifest-targets.ts';
import { namesText } from '../placement-text.ts';
import { jsonText, yamlText } from '../printers/object-text.ts';
import { parseOutput } from '../printers/output-form.ts';
import { plain } from '../printers/palette.ts';
import { formatTable } from '../printers/table.ts';
import { declareRules, readRules } from '../scheduler-rules.ts';
import type { RulesFlags } from '../scheduler-rules.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface PlanFlags extends FileFlags, RulesFlags {
  readonly output?: string;
}

export const plan: Verb<PlanFlags> = {
  declare(command) {
    command
      .usage('-f FILE')
      .description(
        'Say where the pods of files would go, or why nowhere, without storing anything.',
      )
      .option('-o, --output <form>', 'print the whole plan: json, yaml');
    declareFiles(command, 'file, directory, or - for stdin');
    declareRules(command);
  },

  async run(session, { flags }) {
    const { screen, host } = session;
    if (!flags.filename) throw new UsageError('must specify -f');
    const form = parseOutput(flags.output, host.readFile);
    const rules = readRules(flags, host);
    const manifests = await placeManifests(session, flags);
    if (manifests.length === 0) throw new UsageError('no objects passed to plan');
    const { client, namespace } = session.cluster();
    const { status = { objects: [], pods: [] }, ...rest } = await client.create<PlacementPlan>(
      placementPlans,
      {
        metadata: { namespace },
        spec: { objects: manifests.map(({ object }) => object), ...(rules && { rules }) },
      },
      { fieldManager },
    );
    const isRefused = status.objects.some(({ outcome }) => outcome === 'Refused');
    const isStuck = status.pods.some(({ node }) => node === undefined);
    const code = isRefused || isStuck ? 1 : 0;
    if (form.kind === 'json') await screen.raw(jsonText({ ...rest, status }));
    else if (form.kind === 'yaml') await screen.raw(yamlText({ ...rest, status }));
    else if (form.kind !== 'table') throw new UsageError('-o takes json and yaml');
    else {
      for (const { object, outcome, message } of status.objects) {
        const why = message === undefined ? '' : `: ${message}`;
        await screen.say(
          `${object.kind.toLowerCase()}/${object.name} ${outcome.toLowerCase()}${why}`,
        );
      }
      if (status.pods.length === 0) return code;
      await screen.say('');
      await screen.raw(
        formatTable(['POD', 'FROM', 'NODE', 'WHY'], status.pods.map(cellsOf), plain),
      );
    }
    return code;
  },
};

const cellsOf = (pod: PlannedPod): readonly string[] => [
  pod.pod.name,
  `${pod.from.kind.toLowerCase()}/${pod.from.name}`,
  pod.node ?? '<none>',
  whyOf(pod),
];

function whyOf({ message, victims = [] }: PlannedPod): string {
  if (victims.length === 0) return message ?? '';
  return `makes ${namesText(victims.map(({ name }) => name))} leave`;
}
