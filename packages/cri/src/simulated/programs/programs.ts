import { sleep } from '@berth/component-base';
import type { Behaviour } from '../behaviour.ts';
import { parseDuration } from '../duration.ts';
import type { Process, Program } from './process.ts';
import { killed } from './process.ts';
import { absolute, aborted, findShell } from './shell.ts';

/** The small tools of every image, as far as tests and probes use them. */
const tools: Readonly<Record<string, Program>> = {
  true: async () => 0,
  ':': async () => 0,
  false: async () => 1,
  async echo({ args, write }) {
    const [first, ...rest] = args.slice(1);
    const words = first === '-n' ? rest : args.slice(1);
    write('stdout', words.join(' ') + (first === '-n' ? '' : '\n'));
    return 0;
  },
  async cat(process) {
    const paths = process.args.slice(1);
    if (paths.length === 0) {
      for await (const data of process.stdin.read(process.kill)) process.write('stdout', data);
      return process.kill.aborted ? killed : 0;
    }
    let code = 0;
    for (const path of paths) if (!(await catFile(process, path))) code = 1;
    return code;
  },
  async sleep({ args, clock, kill, write }) {
    const text = args[1] ?? '';
    const ms = text === 'infinity' ? Infinity : parseDuration(text);
    if (ms === undefined) {
      write('stderr', `sleep: invalid time interval '${text}'\n`);
      return 1;
    }
    await (ms > longestTimer ? aborted(kill) : sleep(clock, ms, kill));
    return kill.aborted ? killed : 0;
  },
  async env({ env, write }) {
    write('stdout', lines(Object.entries(env).map(([name, value]) => `${name}=${value}`)));
    return 0;
  },
  async printenv({ args, env, write }) {
    const value = env[args[1] ?? ''];
    if (value !== undefined) write('stdout', `${value}\n`);
    return value === undefined ? 1 : 0;
  },
  async pwd({ cwd, write }) {
    write('stdout', `${cwd}\n`);
    return 0;
  },
  async hostname({ hostname, write }) {
    write('stdout', `${hostname}\n`);
    return 0;
  },
  async date({ clock, write }) {
    write('stdout', `${new Date(clock.now()).toUTCString()}\n`);
    return 0;
  },
};

/** Node's timers hold no more than 24 days; who sleeps longer sleeps until he is ended. */
const longestTimer = 2 ** 31 - 1;

async function catFile({ files, cwd, write }: Process, path: string): Promise<boolean> {
  try {
    write('stdout', await files.read(absolute(path, cwd)));
    return true;
  } catch (err) {
    write('stderr', `cat: ${path}: ${(err as Error).message}\n`);
    return false;
  }
}

const lines = (items: readonly string[]) => items.map((item) => `${item}\n`).join('');

/** Where images keep the tools. */
const toolPath = /^(?:\/(?:usr\/)?(?:local\/)?s?bin\/)?([^/]+)$/;

/** The program that a command line starts; undefined for one that is not known here. */
export function findProgram(args: readonly string[]): Program | undefined {
  const name = toolPath.exec(args[0] ?? '')?.[1] ?? '';
  if (name === 'sh' || name === 'ash' || name === 'bash') return findShell(args, findProgram);
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}

/**
 * What a container runs: what its annotations say, else its command when that is known, else a server that answers
 * on every port until it is asked to end.
 */
export function containerProgram(
  { exit, ignoreTerm, stopDelayMs }: Behaviour,
  args: readonly string[],
): { readonly program: Program; readonly isServer: boolean } {
  const known = exit ? undefined : findProgram(args);
  if (known) return { program: known, isServer: false };
  const program: Program = async ({ clock, term, kill }) => {
    const asked = ignoreTerm ? aborted(kill) : aborted(term);
    const over = new AbortController();
    const done = exit && sleep(clock, exit.afterMs, over.signal).then(() => exit.code);
    const ended = asked.then(async () => {
      await sleep(clock, stopDelayMs, kill);
      return 0;
    });
    const code = await Promise.race(done ? [done, ended] : [ended]);
    over.abort();
    return code;
  };
  return { program, isServer: true };
}
