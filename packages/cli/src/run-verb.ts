import { parseCommandLine } from './command-line.ts';
import type { Host } from './host.ts';
import { createSession } from './session.ts';
import { UsageError } from './usage-error.ts';
import { aliases, hiddenVerbs, listing, verbs } from './verbs.ts';
import type { VerbRow } from './verbs.ts';
import { firstWord, isHelp } from './words.ts';

/** Reads the verb, then what was said to it, and does it. */
export async function runVerb(name: string, argv: readonly string[], host: Host): Promise<number> {
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
  const at = firstWord(argv);
  const both = `${name} ${argv[at] ?? ''}`;
  const full = Object.hasOwn(aliases, both) ? (aliases[both] ?? both) : both;
  return Object.hasOwn(verbs, full) ? [full, argv.toSpliced(at, 1)] : [name, argv];
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
