import type { Scale } from '@berth/api';
import { fieldManager } from '../connection.ts';
import { refIn, spoken } from '../object-names.ts';
import { namedOnly, parseTargets } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface ScaleFlags {
  readonly replicas?: string;
  readonly currentReplicas?: string;
}

export const scale: Verb<ScaleFlags> = {
  declare(command) {
    command
      .usage('--replicas=N (TYPE NAME... | TYPE/NAME...)')
      .description('Change how many replicas a workload has.')
      .option('--replicas <n>', 'how many there are to be')
      .option('--current-replicas <n>', 'only when there are so many now');
  },

  async run(session, { args, flags }) {
    const { client, ...cluster } = session.cluster();
    const replicas = readCount('--replicas', flags.replicas);
    if (replicas === undefined) throw new UsageError('required flag(s) "replicas" not set');
    const expected = readCount('--current-replicas', flags.currentReplicas);
    const targets = namedOnly(parseTargets(await cluster.resources(), args));
    if (targets.length === 0) throw new UsageError('resource(s) must be provided to scale');
    for (const { resource, name } of targets) {
      const ref = refIn(cluster, resource, { name });
      const options = { subresource: 'scale', fieldManager };
      const version =
        expected === undefined
          ? {}
          : unchangedVersion(await client.getSubresource<Scale>(resource, ref, 'scale'), expected);
      await client.patch(resource, ref, 'merge', { ...version, spec: { replicas } }, options);
      await session.screen.say(`${spoken(resource, name)} scaled`);
    }
  },
};

/** The patch is refused when somebody was faster. */
function unchangedVersion({ metadata, spec }: Scale, expected: number) {
  const { replicas = 0 } = spec;
  if (replicas !== expected) {
    throw new UsageError(`Expected replicas to be ${expected}, was ${replicas}`);
  }
  return { metadata: { resourceVersion: metadata.resourceVersion } };
}

function readCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(
    `invalid argument ${JSON.stringify(text)} for "${flag}" flag: not a whole number`,
  );
}
