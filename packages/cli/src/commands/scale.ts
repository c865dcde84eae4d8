import type { Scale } from '@berth/api';
import { spoken, refIn } from '../object-names.ts';
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
    const cluster = session.cluster();
    const replicas = count('--replicas', flags.replicas);
    if (replicas === undefined) throw new UsageError('required flag(s) "replicas" not set');
    const expected = count('--current-replicas', flags.currentReplicas);
    const targets = namedOnly(parseTargets(await cluster.resources(), args));
    for (const { resource, name } of targets) {
      const ref = refIn(cluster, resource, { name });
      if (expected !== undefined) {
        const { spec } = await cluster.client.getSubresource<Scale>(resource, ref, 'scale');
        if ((spec.replicas ?? 0) !== expected) {
          throw new UsageError(`Expected replicas to be ${expected}, was ${spec.replicas ?? 0}`);
        }
      }
      const options = { subresource: 'scale' };
      await cluster.client.patch(resource, ref, 'merge', { spec: { replicas } }, options);
      await session.screen.say(`${spoken(resource, name)} scaled`);
    }
  },
};

function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text)) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "${flag}" flag: not a whole number`,
    );
  }
  return number;
}
