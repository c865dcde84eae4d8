import assert from 'node:assert/strict';
import { runBerth, splitVerb } from './run.ts';
import { createTestHost } from './testing/host.ts';
import { aliases, clusterCommands, verbs } from './verbs.ts';
import { parseCommandLine } from './command-line.ts';

const self = ['node', 'berth'] as const;

describe('splitVerb', () => {
  it('finds the verb behind flags and their values', () => {
    assert.deepEqual(splitVerb(['-n', 'kube-system', '--as=me', 'get', 'pods']), {
      name: 'get',
      rest: ['-n', 'kube-system', '--as=me', 'pods'],
    });
    assert.deepEqual(splitVerb(['help', 'get']), { name: 'get', rest: ['--help'] });
    assert.equal(splitVerb(['--help']), undefined);
    assert.equal(splitVerb([]), undefined);
  });
});

describe('runBerth', () => {
  const run = async (...argv: readonly string[]) => {
    const { host, stdout, stderr } = createTestHost();
    const code = await runBerth(argv, host, self);
    return { code, stdout: stdout(), stderr: stderr() };
  };

  it('explains itself', async () => {
    for (const argv of [[], ['--help'], ['help']]) {
      const { code, stdout } = await run(...argv);
      assert.equal(code, 0);
      for (const name of [...Object.keys(verbs), ...Object.keys(clusterCommands)]) {
        assert.ok(stdout.includes(`  ${name} `), name);
      }
    }
    assert.match((await run('rollout')).stdout, /rollout status/);
    assert.match(
      (await run('-n', 'a', 'rollout', '-n', 'b', 'status', '-h')).stdout,
      /rollout status/,
    );
  });

  it('tells what it does not know, and fails', async () => {
    assert.deepEqual(await run('frobnicate'), {
      code: 1,
      stdout: '',
      stderr: 'error: unknown command "frobnicate" for "berth"\nRun \'berth --help\' for usage.\n',
    });
    assert.equal((await run('constructor')).code, 1);
    assert.match((await run('get', 'pods')).stderr, /^error: no kubeconfig/);
  });

  it('has verbs that can be read, each with help', async () => {
    for (const [name, { load }] of Object.entries(verbs)) {
      const verb = await load();
      const help = parseCommandLine(name, verb.declare, ['--help']);
      assert.ok('help' in help && help.help.startsWith(`Usage: berth ${name}`), name);
    }
    for (const name of Object.values(aliases)) assert.ok(Object.hasOwn(verbs, name));
  });
});
