import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../testing/repository.ts';
import { upstreamTests } from './upstream-tests.ts';

/** A row of the page: upstream's name, and where each test is and what it is called. */
const readPage = () =>
  readFileSync(join(repository, 'docs/conformance.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| [sig-'))
    .map((line) => {
      const [, upstream = '', here = ''] = line.split(/(?<!\\) *\| */);
      const tests = here.split('<br>').map((each) => /^(\S+): `(.+)`$/.exec(each)?.slice(1) ?? []);
      return { upstream, tests };
    });

describe('docs/conformance.md', () => {
  const rows = readPage();

  it('has a row for every upstream test of an API server and of controllers, once', () => {
    assert.deepEqual(rows.map(({ upstream }) => upstream).sort(), [...upstreamTests].sort());
  });

  it('names tests that are there', () => {
    const problems = rows.flatMap(({ upstream, tests }) =>
      tests.flatMap(([file = '', title = '']) => {
        if (title === '') return [`${upstream}: names no test`];
        const text = readFileSync(join(repository, file), 'utf8');
        return text.includes(title) ? [] : [`${file} has no ${title}`];
      }),
    );
    assert.deepEqual(problems, []);
  });
});
