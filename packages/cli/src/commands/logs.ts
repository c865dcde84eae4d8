import { parseDuration, pathOf, pods } from '@berth/api';
import type { Pod } from '@berth/api';
import { textOf } from '@berth/client';
import { declareSwitch } from '../command-line.ts';
import { failureOf } from '../failure.ts';
import { podsOf, podsWith } from '../pods-of.ts';
import { sourceColour } from '../printers/palette.ts';
import { queryString } from '../query.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface LogsFlags {
  readonly follow?: boolean;
  readonly container?: string;
  readonly allContainers?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly prefix?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly limitBytes?: string;
  readonly selector?: string;
}

interface Source {
  readonly pod: Pod;
  /** The server chooses when absent. */
  readonly container: string | undefined;
}

export const logs: Verb<LogsFlags> = {
  declare(command) {
    command
      .usage('(POD | TYPE/NAME | -l LABELS)')
      .description('Print what containers wrote; of several pods, line by line with their names.')
      .option('-c, --container <name>', 'of this container')
      .option('--tail <lines>', 'only the last lines')
      .option('--since <duration>', 'only what is newer: 5s, 2m, 3h')
      .option('--limit-bytes <n>', 'at most so much')
      .option('-l, --selector <labels>', 'of all pods with these labels');
    declareSwitch(command, '-f, --follow', 'go on with what is written');
    declareSwitch(command, '-p, --previous', 'of the container before the last restart');
    declareSwitch(command, '--timestamps', 'with the time of each line');
    declareSwitch(command, '--all-containers', 'of all containers of a pod');
    declareSwitch(command, '--prefix', 'name the pod and container before each line');
  },

  async run(session, { args, flags }) {
    const cluster = session.cluster();
    const [word, container] = args;
    if (word === undefined && flags.selector === undefined) {
      throw new UsageError('expected POD, TYPE/NAME or -l LABELS');
    }
    const chosen = flags.selector
      ? await podsWith(cluster, flags.selector)
      : await podsOf(cluster, word ?? '');
    const sources = chosen.flatMap((pod) => sourcesOf(pod, flags.container ?? container, flags));
    const isOne = sources.length === 1 && !flags.prefix;
    await Promise.all(
      sources.map((source, i) => print(session, source, flags, isOne ? undefined : i)),
    );
  },
};

function sourcesOf(
  pod: Pod,
  container: string | undefined,
  { allContainers }: LogsFlags,
): readonly Source[] {
  if (!allContainers) return [{ pod, container }];
  const { initContainers = [], containers } = pod.spec;
  return [...initContainers, ...containers].map(({ name }) => ({ pod, container: name }));
}

async function print(
  { host, screen, cluster }: Session,
  { pod, container }: Source,
  flags: LogsFlags,
  index: number | undefined,
): Promise<void> {
  const path =
    pathOf(pods, { ...pod.metadata, subresource: 'log' }) +
    queryString({
      container,
      follow: flags.follow,
      previous: flags.previous,
      timestamps: flags.timestamps,
      tailLines: flags.tail === '-1' ? undefined : flags.tail,
      limitBytes: flags.limitBytes,
      sinceSeconds: flags.since && Math.ceil(parseDuration(flags.since) / 1000),
    });
  const response = await cluster().transport(
    { method: 'GET', path, headers: { accept: 'text/plain, */*' } },
    host.terminationSignal(),
  );
  if (response.status >= 400) throw failureOf(response.status, await textOf(response));
  if (index === undefined) {
    for await (const chunk of response.body) await screen.raw(chunk);
    return;
  }
  const colour = sourceColour(screen.palette, index);
  const label = colour(`[pod/${pod.metadata.name}${container ? `/${container}` : ''}]`);
  for await (const line of lines(response.body)) {
    await screen.print(`${label} `);
    await screen.raw(`${line}\n`);
  }
}

/** Whole lines, so that those of several pods do not mix. */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest) yield rest;
}
