import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { declareSwitch, optionalValue, parseCommandLine } from './command-line.ts';
import { UsageError } from './usage-error.ts';

interface Flags {
  readonly output?: string;
  readonly wait?: boolean;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly dryRun?: string;
}

const declare = (command: Command) => {
  command.option('-o, --output <form>').addOption(optionalValue('--dry-run [how]', '', 'client'));
  declareSwitch(command, '--wait', 'wait', true);
  declareSwitch(command, '-i, --stdin', 'stdin');
  declareSwitch(command, '-t, --tty', 'tty');
};

function read(...argv: readonly string[]) {
  const input = parseCommandLine<Flags>('get', declare, argv);
  assert.ok(!('help' in input));
  return input;
}

describe('parseCommandLine', () => {
  it('takes flags anywhere, in every spelling that kubectl takes', () => {
    for (const argv of [['-o', 'json'], ['-ojson'], ['-o=json'], ['--output=json']]) {
      assert.equal(read('pods', ...argv, 'x').flags.output, 'json', argv.join(' '));
    }
    assert.deepEqual(read('-n', 'a', 'pods', '-o=json', 'x').args, ['pods', 'x']);
  });

  it('lets switches be combined, and be set to false', () => {
    assert.equal(read().flags.wait, true);
    assert.equal(read('--wait=false').flags.wait, false);
    assert.equal(read('--stdin=true').flags.stdin, true);
    const { stdin, tty } = read('-it').flags;
    assert.deepEqual([stdin, tty], [true, true]);
  });

  it('does not take the next word for a value that may be left out', () => {
    const { args, flags } = read('--dry-run', 'pods');
    assert.deepEqual([args, flags.dryRun], [['pods'], 'client']);
    assert.equal(read('--dry-run=server').flags.dryRun, 'server');
  });

  it('leaves what follows two dashes alone', () => {
    const { args, rest } = read('web', '--', 'sh', '-c', '--wait=false');
    assert.deepEqual([args, rest], [['web'], ['sh', '-c', '--wait=false']]);
    assert.equal(read('web').rest, undefined);
  });

  it('refuses what it does not know in the words of kubectl', () => {
    const refusal = (text: string) => (err: unknown) =>
      err instanceof UsageError && err.message.startsWith(text);
    assert.throws(() => read('--foo'), refusal('unknown flag: --foo'));
    assert.throws(() => read('-z'), refusal("unknown shorthand flag: 'z' in -z"));
    assert.throws(() => read('--wait=perhaps'), refusal('invalid argument "perhaps"'));
  });

  it('gives help instead of input when asked', () => {
    const help = parseCommandLine<Flags>('get', declare, ['--help']);
    assert.ok('help' in help && help.help.includes('--output'));
  });
});
