import { killed } from './process.ts';
import type { OutputStream, Process, Program } from './process.ts';
import type { Command, Redirect, Word } from './shell-syntax.ts';
import { parseScript } from './shell-syntax.ts';

type Find = (args: readonly string[]) => Program | undefined;

/** `sh -c SCRIPT [NAME [ARG…]]`; undefined when the script is beyond `parseScript`, and for any other use of a shell. */
export function findShell([, flag, script, ...args]: readonly string[], find: Find) {
  if (flag !== '-c' || script === undefined) return undefined;
  const commands = parseScript(script);
  return commands && ((own: Process) => createShell(own, args, find).run(commands));
}

function createShell(own: Process, args: readonly string[], find: Find) {
  const env: Record<string, string> = { ...own.env };
  const background: Promise<number>[] = [];
  let cwd = own.cwd;
  let last = 0;
  let exited: number | undefined;
  let trap: string | undefined;

  const valueOf = (name: string): string => {
    if (name === '?') return String(last);
    if (name === '0') return args[0] ?? 'sh';
    if (name === '#') return String(Math.max(0, args.length - 1));
    return (/^\d$/.test(name) ? args[Number(name)] : env[name]) ?? '';
  };
  const expand = (word: Word) =>
    word.map((part) => ('text' in part ? part.text : valueOf(part.variable))).join('');

  async function run(commands: readonly Command[]): Promise<number> {
    let before: Command['then'] = ';';
    for (const command of commands) {
      const skip = before === '&&' ? last !== 0 : before === '||' && last === 0;
      before = command.then;
      if (skip) continue;
      if (command.then === '&') background.push(runCommand(command));
      else last = await runCommand(command);
      if (own.kill.aborted) return killed;
      await runTrap();
      if (exited !== undefined) return exited;
    }
    return last;
  }

  /** A signal that came during a command is handled after it, as shells do. */
  async function runTrap(): Promise<void> {
    if (!own.term.aborted || trap === undefined) return;
    const commands = parseScript(trap) ?? [];
    trap = undefined;
    await run(commands);
  }

  async function runCommand({ words, redirects }: Command): Promise<number> {
    const expanded = words.map(expand);
    const assignments = expanded.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
    if (assignments < 0 && expanded.length > 0) {
      for (const word of expanded) assign(env, word);
      return 0;
    }
    const local = { ...env };
    for (const word of expanded.slice(0, assignments)) assign(local, word);
    const output = redirected(redirects);
    const code = await runWords(expanded.slice(Math.max(0, assignments)), local, output.write);
    return (await output.finish()) ?? code;
  }

  async function runWords(
    words: readonly string[],
    local: Record<string, string>,
    write: Process['write'],
  ): Promise<number> {
    const [name = '', ...rest] = words;
    switch (name) {
      case '':
        return 0;
      case 'exit':
        return (exited = Number(rest[0] ?? last) & 255);
      case 'exec':
        return (exited = await runWords(rest, local, write));
      case 'cd':
        cwd = rest[0] ?? '/';
        return 0;
      case 'export':
        for (const word of rest) if (word.includes('=')) assign(env, word);
        return 0;
      case 'set':
        return 0;
      case 'trap':
        if (rest.slice(1).some((signal) => /^(SIG)?TERM$|^15$/.test(signal))) trap = rest[0];
        return 0;
      case 'wait':
        return waitForAll();
    }
    const program = find(words);
    if (program) return program({ ...own, args: words, env: local, cwd, write });
    write('stderr', `sh: ${name}: not found\n`);
    return 127;
  }

  async function waitForAll(): Promise<number> {
    const all = Promise.all(background.splice(0)).then(() => 0);
    if (trap === undefined) return all;
    return Promise.race([all, aborted(own.term).then(() => 128 + 15)]);
  }

  function redirected(redirects: readonly Redirect[]) {
    const targets = new Map<OutputStream, OutputStream | Extract<Redirect['to'], object>>();
    const written = new Map<object, Buffer[]>();
    for (const { from, to } of redirects) {
      const target = typeof to === 'string' ? (targets.get(to) ?? to) : to;
      targets.set(from, target);
      if (typeof target === 'object') written.set(target, written.get(target) ?? []);
    }
    const write: Process['write'] = (stream, data) => {
      const target = targets.get(stream) ?? stream;
      if (typeof target === 'string') own.write(target, data);
      else written.get(target)!.push(Buffer.from(data));
    };
    /** The exit code when a file could not be written. */
    const finish = async (): Promise<number | undefined> => {
      for (const target of targets.values()) {
        if (typeof target === 'string') continue;
        const path = absolute(expand(target.file), cwd);
        if (path === '/dev/null') continue;
        const data = Buffer.concat(written.get(target) ?? []);
        try {
          await own.files.write(path, data, target.how);
        } catch (err) {
          own.write('stderr', `sh: cannot create ${path}: ${(err as Error).message}\n`);
          return 2;
        }
      }
      return undefined;
    };
    return { write, finish };
  }

  return { run };
}

function assign(env: Record<string, string>, word: string): void {
  const at = word.indexOf('=');
  env[word.slice(0, at)] = word.slice(at + 1);
}

export const absolute = (path: string, cwd: string): string =>
  path.startsWith('/') ? path : `${cwd}/${path}`;

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
