import { pathOf, pods as podType } from '@berth/api';
import type { Pod } from '@berth/api';
import { declareSwitch } from '../command-line.ts';
import { exchange } from '../exchange.ts';
import { followList } from '../follow.ts';
import { logLines } from '../log-lines.ts';
import { planLogSources } from '../log-sources.ts';
import type { LogSource } from '../log-sources.ts';
import { choosePods, podsOf } from '../pods-of.ts';
import { cleanText } from '../printers/clean.ts';
import { errorText } from '../printers/error-text.ts';
import { sourceColour } from '../printers/palette.ts';
import { queryString } from '../query.ts';
import type { Session } from '../session.ts';
import { readDuration } from '../time-limit.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

export interface LogsFlags {
  readonly follow?: boolean;
  readonly container?: string;
  readonly allContainers?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly prefix?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly sinceTime?: string;
  readonly limitBytes?: string;
  readonly selector?: string;
}

/** So many of each pod, as kubectl does it, when nobody said how many of many. */
const tailOfSelected = '10';

export const logs: Verb<LogsFlags> = {
  declare(command) {
    command
      .usage('(POD | TYPE/NAME | -l labels) [CONTAINER]')
      .description('Print what containers wrote; of several pods, each line with where it is from.')
      .option('-c, --container <name>', 'of this container')
      .option('--tail <lines>', 'only the last lines; -1: all')
      .option('--since <duration>', 'only what is newer: 5s, 2m, 3h')
      .option('--since-time <time>', 'only what is newer than this time')
      .option('--limit-bytes <n>', 'at most so much')
      .option('-l, --selector <labels>', 'of all pods with these labels');
    declareSwitch(command, '-f, --follow', 'go on with what is written; pods that come join');
    declareSwitch(command, '-p, --previous', 'of the container before its last restart');
    declareSwitch(command, '--timestamps', 'with the time of each line');
    declareSwitch(command, '--all-containers', 'of all containers of a pod');
    declareSwitch(command, '--prefix', 'with where each line is from');
  },

  async run(session, { args, flags: given }) {
    const cluster = session.cluster();
    const [word, positional] = args;
    if (word !== undefined && given.selector !== undefined) {
      throw new UsageError('only a selector (-l) or a POD name is allowed');
    }
    const container = given.container ?? positional;
    const flags = { ...given, ...(container !== undefined && { container }) };
    if (given.selector !== undefined) {
      const selected = { ...flags, tail: flags.tail ?? tailOfSelected };
      return manyLogs(session, given.selector, selected);
    }
    if (word === undefined) {
      throw new UsageError(
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      );
    }
    const choice = await choosePods(cluster, word);
    if (choice.kind === 'selected') return manyLogs(session, choice.labelSelector, flags);
    const { sources, notes } = planLogSources(choice.pod, flags);
    for (const note of notes) await session.screen.tell(note);
    const isPlain = sources.length === 1 && !flags.prefix;
    return printAll(session, sources, flags, isPlain ? undefined : createLabels(session));
  },
};

async function manyLogs(
  session: Session,
  labelSelector: string,
  flags: LogsFlags,
): Promise<number> {
  if (flags.follow) return followMany(session, labelSelector, flags);
  const found = await podsOf(session.cluster(), { kind: 'selected', labelSelector });
  const plans = found.map((pod) => planLogSources(pod, flags));
  for (const note of new Set(plans.flatMap(({ notes }) => notes))) await session.screen.tell(note);
  const sources = plans.flatMap((plan) => plan.sources);
  const isPlain = sources.length === 1 && !flags.prefix;
  return printAll(session, sources, flags, isPlain ? undefined : createLabels(session));
}

type Label = (source: LogSource) => string;

/** One after the other, unless they are followed; one that fails does not silence the others. */
async function printAll(
  session: Session,
  sources: readonly LogSource[],
  flags: LogsFlags,
  label: Label | undefined,
): Promise<number> {
  const errors: unknown[] = [];
  const attempt = (source: LogSource) =>
    print(session, source, flags, label).catch((err: unknown) => void errors.push(err));
  if (flags.follow) await Promise.all(sources.map(attempt));
  else for (const source of sources) await attempt(source);
  if (errors.length > 0) throw new AggregateError(errors);
  return 0;
}

/** Every container of every pod that is selected, now or later, from when it starts. Ends with the process. */
async function followMany(
  session: Session,
  labelSelector: string,
  flags: LogsFlags,
): Promise<number> {
  const { client, namespace } = session.cluster();
  const label = createLabels(session);
  const known = new Set<string>();
  const options = { namespace, labelSelector };
  let isFirst = true;
  for await (const found of followList(client, podType, options, new AbortController().signal)) {
    for (const pod of found) {
      for (const source of planLogSources(pod, flags).sources) {
        const run = runOf(pod, source.container);
        if (run === undefined || known.has(run)) continue;
        known.add(run);
        // What starts from now on is new from its first line.
        const own = isFirst ? flags : { ...flags, tail: '-1' };
        void print(session, source, own, label).catch(
          (err: unknown) => void session.screen.tell(errorText(err)),
        );
      }
    }
    isFirst = false;
  }
  return 0;
}

/** Names one run of a container; undefined while it waits. */
function runOf({ metadata, status }: Pod, container: string): string | undefined {
  const found = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
  ].find(({ name }) => name === container);
  if (!found?.state?.running && !found?.state?.terminated) return undefined;
  return `${metadata.uid}/${container}/${found.restartCount}`;
}

function createLabels({ screen }: Session): Label {
  const colours = new Map<string, (text: string) => string>();
  return ({ pod, container }) => {
    const { name } = pod.metadata;
    const colour = colours.get(name) ?? sourceColour(screen.palette, colours.size);
    colours.set(name, colour);
    return `${colour(cleanText(`[pod/${name}/${container}]`))} `;
  };
}

async function print(
  session: Session,
  { pod, container }: LogSource,
  flags: LogsFlags,
  label: Label | undefined,
): Promise<void> {
  const { screen } = session;
  const path =
    pathOf(podType, { ...pod.metadata, subresource: 'log' }) + logQuery(container, flags);
  const { body } = await exchange(session.cluster().transport, { method: 'GET', path });
  if (!label) {
    for await (const chunk of body) await screen.raw(chunk);
    return;
  }
  const prefix = label({ pod, container });
  for await (const line of logLines(body)) await screen.labelled(prefix, line);
}

const logQuery = (container: string, flags: LogsFlags): string =>
  queryString({
    container,
    follow: flags.follow || undefined,
    previous: flags.previous || undefined,
    timestamps: flags.timestamps || undefined,
    tailLines: flags.tail === '-1' ? undefined : flags.tail,
    limitBytes: flags.limitBytes,
    sinceTime: flags.sinceTime,
    sinceSeconds:
      flags.since === undefined
        ? undefined
        : Math.max(1, Math.ceil(readDuration('--since', flags.since) / 1000)),
  });
