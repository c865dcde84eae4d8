import assert from 'node:assert/strict';
import { createFakeClock } from '@berth/component-base/testing';
import { createFiles } from './files.ts';
import { createClosedPipe } from './pipe.ts';
import { findProgram } from './programs.ts';

describe('simulated programs', () => {
  async function run(args: readonly string[], { term = new AbortController() } = {}) {
    const clock = createFakeClock();
    const output = { stdout: '', stderr: '' };
    const program = findProgram(args);
    if (!program) return undefined;
    const running = program({
      args,
      env: { NAME: 'value' },
      cwd: '/',
      hostname: 'pod',
      files: createFiles([]),
      clock,
      stdin: createClosedPipe(),
      write: (stream, data) => {
        output[stream] += Buffer.from(data).toString();
        if (output.stdout.endsWith('term me\n')) term.abort();
      },
      term: term.signal,
      kill: new AbortController().signal,
    });
    await clock.advance(60_000);
    return { ...output, code: await running };
  }
  const sh = (script: string, ...args: readonly string[]) => run(['sh', '-c', script, ...args]);

  const scripts: readonly (readonly [string, string, number?])[] = [
    ['echo one; echo two', 'one\ntwo\n'],
    ['echo one\necho two # three', 'one\ntwo\n'],
    ['echo -n "a  b" c', 'a  b c'],
    [`echo '$NAME' "$NAME" \${NAME} \\$NAME a"b"'c'`, '$NAME value value $NAME abc\n'],
    ['echo "\\"quoted\\" \\n"', '"quoted" \\n\n'],
    ['false; echo $?', '1\n'],
    ['false && echo no || echo yes', 'yes\n'],
    ['true || echo no; echo after', 'after\n'],
    ['exit 3; echo no', '', 3],
    ['false', '', 1],
    ['A=1 B=2; echo $A$B', '12\n'],
    ['A=1 printenv A; echo [$A]', '1\n[]\n'],
    ['export A=x; printenv A', 'x\n'],
    ['echo kept > /tmp/f; echo more >> /tmp/f; cat /tmp/f', 'kept\nmore\n'],
    ['echo gone > /dev/null; echo 2>&1', '\n'],
    ['cat /none 2>&1; echo $?', 'cat: /none: No such file or directory\n1\n'],
    ['cd /tmp; pwd', '/tmp\n'],
    ['sleep 30; echo slept', 'slept\n'],
    ['sleep 30 & echo first; wait; echo last', 'first\nlast\n'],
    ['exec echo instead; echo no', 'instead\n'],
    ['nothing-here', '', 127],
    ['sh -c "echo inner"', 'inner\n'],
    ['trap "echo bye; exit 9" TERM; echo term me; sleep 999999 & wait', 'term me\nbye\n', 9],
    ['trap "echo bye" TERM; echo term me; echo on', 'term me\nbye\non\n'],
  ];
  for (const [script, stdout, code = 0] of scripts) {
    it(`runs ${JSON.stringify(script)}`, async () => {
      const result = await sh(script);
      assert.deepEqual([result?.stdout, result?.code], [stdout, code]);
    });
  }

  it('hands arguments to a script', async () => {
    assert.equal((await sh('echo $0 $1 $#', 'name', 'one'))?.stdout, 'name one 1\n');
  });

  for (const script of [
    'while true; do true; done',
    'if true; then echo; fi',
    'echo $(date)',
    'ls | cat',
    'cat < file',
    '(echo)',
    'echo "unfinished',
    '&& echo',
    'echo >',
    'echo ${NAME:-x}',
  ]) {
    it(`leaves ${JSON.stringify(script)} to a real shell`, () => {
      assert.equal(findProgram(['sh', '-c', script]), undefined);
    });
  }

  it('knows the tools by their paths, and no others', () => {
    for (const path of ['true', '/bin/true', '/usr/bin/true', '/usr/local/bin/true']) {
      assert.ok(findProgram([path]), path);
    }
    for (const path of ['/app/true', 'nginx', '', 'toString']) {
      assert.equal(findProgram([path]), undefined, path);
    }
  });
});
