import { Command, CommanderError, Option } from 'commander';
import type { ConnectionFlags } from './connection.ts';
import { UsageError } from './usage-error.ts';

/** What was typed after the verb. */
export interface Input<F> {
  readonly args: readonly string[];
  readonly flags: F & ConnectionFlags;
  /** What follows `--`; undefined when there is no `--`. */
  readonly rest: readonly string[] | undefined;
}

/** Asked for with `--help`: not an error, and not something to do. */
export interface Help {
  readonly help: string;
}

/** Reads a command line as kubectl does: flags anywhere before `--`, `-o=json`, `--wait=false`, `--dry-run`. */
export function parseCommandLine<F>(
  name: string,
  declare: (command: Command) => void,
  argv: readonly string[],
): Input<F> | Help {
  const command = new Command(`berth ${name}`);
  declare(command);
  declareConnection(command);
  let help = '';
  command
    .exitOverride()
    .allowExcessArguments()
    .helpOption('-h, --help', 'print this')
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  command.usage(usageOf(command));
  const dashes = argv.indexOf('--');
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  try {
    command.parse(normalise(own, command.options), { from: 'user' });
  } catch (err) {
    if (!(err instanceof CommanderError)) throw err;
    if (err.code === 'commander.helpDisplayed') return { help };
    throw new UsageError(`${complaintOf(err)}\nSee 'berth ${name} --help' for usage.`, {
      cause: err,
    });
  }
  return {
    args: command.args,
    flags: command.opts<F & ConnectionFlags>(),
    rest: dashes < 0 ? undefined : argv.slice(dashes + 1),
  };
}

/** A switch that can be taken back: `--watch`, `--watch=false`, `--no-watch`. */
export function declareSwitch(
  command: Command,
  spelling: string,
  help: string,
  fallback?: boolean,
): void {
  command.addOption(
    fallback === undefined
      ? new Option(spelling, help)
      : new Option(spelling, help).default(fallback),
  );
  const long = /--[a-z-]+/.exec(spelling)?.[0] ?? '';
  command.addOption(new Option(long.replace('--', '--no-')).hideHelp());
}

/** A flag whose value may be left out: `--dry-run`, `--dry-run=server`. */
export const optionalValue = (spelling: string, help: string, preset: string): Option =>
  new Option(spelling, help).preset(preset);

/** In kubectl's words where it has any. */
function complaintOf({ code, message }: CommanderError): string {
  const text = message.replace(/^error: /, '');
  const unknown = code === 'commander.unknownOption' && /'(-[^']*)'/.exec(text)?.[1];
  if (!unknown) return text;
  return unknown.startsWith('--')
    ? `unknown flag: ${unknown}`
    : `unknown shorthand flag: '${unknown.charAt(1)}' in ${unknown}`;
}

const usageOf = (command: Command) =>
  command.usage().replace('[options] ', '').concat(' [flags]').trim();

function declareConnection(command: Command): void {
  command
    .optionsGroup('Flags for where to go:')
    .option('--kubeconfig <file>', 'kubeconfig to use')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'namespace of this request')
    .option('-s, --server <url>', 'address of the API server')
    .option('--token <token>', 'bearer token')
    .option('--as <user>', 'user to act as');
  command.option('--insecure-skip-tls-verify', "do not check the server's certificate");
}

/** Into the spellings that commander knows. */
const normalise = (argv: readonly string[], options: readonly Option[]): readonly string[] =>
  argv.flatMap((word): string[] => {
    const short = /^(-[A-Za-z])=(.*)$/s.exec(word);
    if (short) return [short[1] ?? '', short[2] ?? ''];
    const [, long, value] = /^(--[a-z0-9-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const option = long && options.find((known) => known.long === long);
    if (!option) return [word];
    if (value === undefined) {
      return option.optional ? [`${long}=${String(option.presetArg)}`] : [word];
    }
    if (!option.isBoolean()) return [word];
    if (/^(true|1|t)$/i.test(value)) return [long];
    if (/^(false|0|f)$/i.test(value)) return [long.replace('--', '--no-')];
    throw new UsageError(
      `invalid argument "${value}" for "${long}" flag: parsing "${value}": invalid syntax`,
    );
  });
