import { parseCommandLine } from './command-line.ts';
import type { Host } from './host.ts';
import { cleanText } from './printers/clean.ts';
import { errorText } from './printers/error-text.ts';
import { createSession } from './session.ts';
import { UsageError } from './usage-error.ts';
import { aliases, clusterCommands, hiddenVerbs, verbs } from './verbs.ts';
import type { VerbRow } from './verbs.ts';

/** How this very program is started again. */
export type Self = readonly [string, ...string[]];

/** Runs one command line and resolves to its exit code; whatever goes wrong is told on stderr. */
export async function runBerth(argv: readonly string[], host: Host, self: Self): Promise<number> {
  try {
    return await dispatch(argv, host, self);
  } catch (err) {
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
  return runVerb(name, rest, host);
}

async function runVerb(name: string, argv: readonly string[], host: Host): Promise<number> {
  const [full, rest] = withSubverb(name, argv);
  const row = rowOf(full);
  if (!row) return explainUnknown(full, rest, host);
  const verb = await row.load();
  const input = parseCommandLine<never>(full, verb.declare, rest);
  if ('help' in input) {
    await host.stdout.write(input.help);
    return 0;
  }
  const session = createSession(host, input.flags);
  try {
    return (await verb.run(session, input)) ?? 0;
  } finally {
    session.close();
  }
}

const rowOf = (name: string): VerbRow | undefined => {
  if (Object.hasOwn(verbs, name)) return verbs[name];
  return Object.hasOwn(hiddenVerbs, name) ? hiddenVerbs[name] : undefined;
};

/** `rollout status` is one verb of two words. */
function withSubverb(name: string, argv: readonly string[]): [string, readonly string[]] {
  const at = argv.findIndex((word) => !word.startsWith('-'));
  const both = `${name} ${argv[at] ?? ''}`;
  const full = Object.hasOwn(aliases, both) ? (aliases[both] ?? both) : both;
  if (at < 0 || !Object.hasOwn(verbs, full)) return [name, argv];
  return [full, [...argv.slice(0, at), ...argv.slice(at + 1)]];
}

async function explainUnknown(name: string, argv: readonly string[], host: Host): Promise<number> {
  const own = Object.entries(verbs).filter(([full]) => full.startsWith(`${name} `));
  if (own.length === 0) {
    throw new UsageError(`unknown command "${name}" for "berth"\nRun 'berth --help' for usage.`);
  }
  if (argv[0] !== undefined && !isHelp(argv[0])) {
    throw new UsageError(`unknown command "${argv[0]}" for "berth ${name}"`);
  }
  await host.stdout.write(`Usage: berth ${name} COMMAND\n\nCommands:\n${listing(own)}`);
  return 0;
}

const globalFlagsWithValue = /^(-n|--namespace|--kubeconfig|--context|-s|--server|--token|--as)$/;
const isHelp = (word: string | undefined) => word === '--help' || word === '-h' || word === 'help';

/** The first word that is neither a flag nor a flag's value; what stands before it belongs to the verb too. */
export function splitVerb(
  argv: readonly string[],
): { readonly name: string; readonly rest: readonly string[] } | undefined {
  if (isHelp(argv[0])) return argv[1] ? { name: argv[1], rest: ['--help'] } : undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (globalFlagsWithValue.test(word)) i++;
    else if (!word.startsWith('-')) {
      return { name: word, rest: [...argv.slice(0, i), ...argv.slice(i + 1)] };
    }
  }
  return undefined;
}

const listing = (rows: readonly (readonly [string, { readonly summary: string }])[]) =>
  rows.map(([name, { summary }]) => `  ${name.padEnd(20)}${summary}\n`).join('');

const overview = () => `Usage: berth COMMAND [flags]

Commands for what runs in a cluster:
${listing(Object.entries(verbs))}
Commands for clusters themselves:
${listing(Object.entries(clusterCommands).map(([name, summary]) => [name, { summary }] as const))}
Every command explains itself with --help.
`;
