import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, startCommand, succeed } from './command.ts';
import type { CommandOptions, Outcome, Running } from './command.ts';
import { fetchTools } from './tools.ts';

/** The real kubectl and helm, at home in a temporary directory of their own. */
export interface Kubectl {
  /** Has to succeed; resolves to stdout. */
  (...args: readonly string[]): Promise<string>;
  /** The same with something on stdin. */
  feed(input: string, ...args: readonly string[]): Promise<string>;
  /** However it ends. */
  attempt(args: readonly string[], options?: CommandOptions): Promise<Outcome>;
  /** Without waiting for the end: for what watches or follows. */
  start(args: readonly string[], options?: CommandOptions): Running;
  helm(...args: readonly string[]): Promise<string>;
  /** Parsed `-o json`. */
  json<T>(...args: readonly string[]): Promise<T>;
  readonly home: string;
  close(): Promise<void>;
}

export async function createKubectl(kubeconfig: string): Promise<Kubectl> {
  const tools = await fetchTools();
  const home = await mkdtemp(join(tmpdir(), 'berth-kubectl-'));
  const own = { HOME: home, KUBECONFIG: kubeconfig, KUBECTL_KUBERC: 'false', NO_PROXY: '*' };
  const within = (options: CommandOptions = {}): CommandOptions => ({
    cwd: home,
    ...options,
    env: { ...own, ...options.env },
  });
  const call = (...args: readonly string[]) => succeed(tools.kubectl, args, within());
  return Object.assign(call, {
    feed: (input: string, ...args: readonly string[]) =>
      succeed(tools.kubectl, args, within({ input })),
    attempt: (args: readonly string[], options?: CommandOptions) =>
      runCommand(tools.kubectl, args, within(options)),
    start: (args: readonly string[], options?: CommandOptions) =>
      startCommand(tools.kubectl, args, within(options)),
    helm: (...args: readonly string[]) => succeed(tools.helm, args, within()),
    json: async <T>(...args: readonly string[]) =>
      JSON.parse(await call(...args, '-o', 'json')) as T,
    home,
    close: () => rm(home, { recursive: true, force: true }),
  });
}
