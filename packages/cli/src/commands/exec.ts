import { pathOf, pods } from '@berth/api';
import { declareSwitch } from '../command-line.ts';
import { chooseContainer } from '../pod-containers.ts';
import { choosePods, onePodOf } from '../pods-of.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { openChannels } from '../exec/channels.ts';
import { converse } from '../exec/converse.ts';

interface ExecFlags {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly quiet?: boolean;
}

export const exec: Verb<ExecFlags> = {
  declare(command) {
    command
      .usage('(POD | TYPE/NAME) [-c CONTAINER] [-it] -- COMMAND [args...]')
      .description(
        'Run a command in a container; its exit code becomes that of this one, and its output reaches the terminal as it is.',
      )
      .option('-c, --container <name>', 'in this container');
    declareSwitch(command, '-i, --stdin', 'pass on what is typed');
    declareSwitch(command, '-t, --tty', 'with a terminal');
    declareSwitch(command, '-q, --quiet', 'nothing but what the command prints');
  },

  async run(session, { args, flags, rest = [] }) {
    const { screen, host } = session;
    const [word, ...more] = args;
    if (word === undefined) throw new UsageError('pod, type/name or --filename must be specified');
    if (more.length > 0) {
      throw new UsageError(
        'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
      );
    }
    if (rest.length === 0) {
      throw new UsageError('you must specify at least one command for the container');
    }
    const cluster = session.cluster();
    const pod = await onePodOf(cluster, await choosePods(cluster, word));
    const { name: container, note } = chooseContainer(pod, flags.container);
    if (note !== undefined && !flags.quiet) await screen.tell(note);
    const stdin = flags.stdin ?? false;
    const isTerminal = Boolean(flags.tty && stdin && host.stdin.isTerminal);
    if (flags.tty && !isTerminal) {
      await screen.tell('Unable to use a TTY - input is not a terminal or the right kind of file');
    }
    const query = new URLSearchParams([
      ...rest.map((part): [string, string] => ['command', part]),
      ['container', container],
      ['stdout', 'true'],
      ...(stdin ? [['stdin', 'true'] as [string, string]] : []),
      ...(isTerminal
        ? [['tty', 'true'] as [string, string]]
        : [['stderr', 'true'] as [string, string]]),
    ]);
    const path = `${pathOf(pods, { ...pod.metadata, subresource: 'exec' })}?${query.toString()}`;
    const channels = await openChannels(cluster.connection, path);
    const end = await converse(host, channels, { stdin, isTerminal });
    if (end.message !== undefined && !flags.quiet) await screen.tell(end.message);
    return end.exitCode;
  },
};
