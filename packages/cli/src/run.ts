import type { Host } from './host.ts';
import { firstWord, isHelp } from './words.ts';
import { clusterCommands, listing, verbs } from './verbs.ts';

/** How this very program is started again. */
export type Self = readonly [string, ...string[]];

/**
 * Runs one command line and resolves to its exit code; whatever goes wrong is told on stderr. What verbs need is read
 * for verbs only: the processes of a cluster should not carry it.
 */
export async function runBerth(argv: readonly string[], host: Host, self: Self): Promise<number> {
  try {
    return await dispatch(argv, host, self);
  } catch (err) {
    const { errorText } = await import('./printers/error-text.ts');
    const { cleanText } = await import('./printers/clean.ts');
    await host.stderr.write(`${cleanText(errorText(err))}\n`);
    return 1;
  }
}

async function dispatch(argv: readonly string[], host: Host, self: Self): Promise<number> {
  const found = splitVerb(argv);
  if (!found) {
    await host.stdout.write(overview());
    return argv.length === 0 || isHelp(argv[0]) ? 0 : 1;
  }
  const { name, rest } = found;
  if (Object.hasOwn(clusterCommands, name)) {
    const { commands } = await import('@berth/cluster');
    const command = commands[name as keyof typeof commands];
    return command(rest, host.env, host.terminationSignal(), self);
  }
  const { runVerb } = await import('./run-verb.ts');
  return runVerb(name, rest, host);
}

/** The first word that is neither a flag nor a flag's value; what stands before it belongs to the verb too. */
export function splitVerb(
  argv: readonly string[],
): { readonly name: string; readonly rest: readonly string[] } | undefined {
  if (isHelp(argv[0])) return argv[1] ? { name: argv[1], rest: ['--help'] } : undefined;
  const at = firstWord(argv);
  const name = argv[at];
  return name === undefined ? undefined : { name, rest: argv.toSpliced(at, 1) };
}

const overview = () => `Usage: berth COMMAND [flags]

Commands for what runs in a cluster:
${listing(Object.entries(verbs))}
Commands for clusters themselves:
${listing(Object.entries(clusterCommands).map(([name, summary]) => [name, { summary }] as const))}
Every command explains itself with --help.
`;
