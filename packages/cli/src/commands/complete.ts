import { Command } from 'commander';
import { planCompletion } from '../completion-plan.ts';
import { fetchObjects } from '../fetch.ts';
import { findResource } from '../resources.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';
import { clusterCommands, verbs } from '../verbs.ts';

/** What shells ask while a person types. Says nothing rather than something wrong. */
export const complete: Verb<unknown> = {
  declare: (command) => void command.usage('-- WORD...'),
  async run(session, { rest = [] }) {
    const candidates = await candidatesFor(session, rest).catch(() => []);
    const current = rest.at(-1) ?? '';
    for (const candidate of candidates) {
      if (candidate.startsWith(current)) await session.screen.say(candidate);
    }
  },
};

async function candidatesFor(
  session: Session,
  words: readonly string[],
): Promise<readonly string[]> {
  const plan = planCompletion(words, { verb: verbOf(words) });
  switch (plan.kind) {
    case 'verbs':
      return verbsAfter(plan.after);
    case 'flags':
      return flagsOf(plan.verb);
    case 'types': {
      const resources = await session.cluster().resources();
      return [...new Set(resources.map(({ resource }) => resource))];
    }
    case 'names': {
      const cluster = session.cluster();
      const resource = findResource(await cluster.resources(), plan.type);
      const [outcome] = await fetchObjects(cluster, [{ resource }], {});
      if (!outcome || 'err' in outcome) return [];
      return outcome.value.map(({ metadata }) => plan.prefix + metadata.name);
    }
    case 'nothing':
      return [];
  }
}

function verbOf([first = '', second = '']: readonly string[]) {
  const both = `${first} ${second}`;
  if (Object.hasOwn(verbs, both)) return { name: both, words: 2 };
  return Object.hasOwn(verbs, first) ? { name: first, words: 1 } : undefined;
}

const verbsAfter = (after: string): readonly string[] => {
  const names = [...Object.keys(verbs), ...Object.keys(clusterCommands)];
  const start = after ? `${after} ` : '';
  const next = names
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length).split(' ')[0] ?? '');
  return [...new Set(next)];
};

async function flagsOf(name: string): Promise<readonly string[]> {
  const command = new Command(name);
  (await verbs[name]?.load())?.declare(command);
  return command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
}
