import assert from 'node:assert/strict';
import { makePod } from '@berth/api/testing';
import fc from 'fast-check';
import { logLines } from './log-lines.ts';
import { planLogSources } from './log-sources.ts';
import { UsageError } from './usage-error.ts';

async function* cut(text: string, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

describe('logLines', () => {
  it('gives whole lines, however the bytes are cut', async () => {
    const text = fc.array(fc.constantFrom('a', 'ü', '\n', '🙂')).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(5)), async (value, sizes) => {
        const lines: string[] = [];
        for await (const line of logLines(cut(value, sizes))) {
          lines.push(Buffer.from(line).toString('utf8'));
        }
        const expected = value === '' || value.endsWith('\n') ? value : `${value}\n`;
        assert.equal(lines.join(''), expected);
        assert.ok(lines.every((line) => line.indexOf('\n') === line.length - 1));
      }),
    );
  });
});

describe('planLogSources', () => {
  const containers = [
    { name: 'web', image: 'a' },
    { name: 'side', image: 'b' },
  ];
  const pod = makePod('p', { containers, initContainers: [{ name: 'init', image: 'c' }] });
  const names = (flags: Parameters<typeof planLogSources>[1], of = pod) =>
    planLogSources(of, flags).sources.map(({ container }) => container);

  it('takes the named container, the annotated one, or the first and says so', () => {
    assert.deepEqual(names({ container: 'side' }), ['side']);
    assert.deepEqual(names({}), ['web']);
    assert.deepEqual(planLogSources(pod, {}).notes, [
      'Defaulted container "web" out of: web, side, init',
    ]);
    const annotated = makePod(
      'p',
      { containers },
      { metadata: { annotations: { 'kubectl.kubernetes.io/default-container': 'side' } } },
    );
    assert.deepEqual(names({}, annotated), ['side']);
  });

  it('takes all when asked', () => {
    assert.deepEqual(names({ allContainers: true }), ['web', 'side', 'init']);
  });

  it('refuses a container that the pod does not have', () => {
    assert.throws(() => names({ container: 'x' }), UsageError);
  });
});
