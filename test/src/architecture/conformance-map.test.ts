import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectlTestsOnEtcd, readConformanceMap, testsOnEtcd } from '../testing/conformance-map.ts';
import { repository } from '../testing/repository.ts';
import { upstreamTests } from './upstream-tests.ts';

describe('docs/conformance.md', () => {
  const rows = readConformanceMap();

  it('has a row for every upstream test of an API server and of controllers, once', () => {
    assert.deepEqual(rows.map(({ upstream }) => upstream).sort(), [...upstreamTests].sort());
  });

  it('names tests that are there', () => {
    const problems = rows.flatMap(({ upstream, tests }) =>
      tests.flatMap(({ file, title }) => {
        if (title === '') return [`${upstream}: names no test`];
        const text = readFileSync(join(repository, file), 'utf8');
        return text.includes(title) ? [] : [`${file} has no ${title}`];
      }),
    );
    assert.deepEqual(problems, []);
  });

  it('names suites that a test file beside them runs', () => {
    const missing = testsOnEtcd().files.filter((file) => !existsSync(join(repository, file)));
    assert.deepEqual(missing, []);
  });

  it("calls kubectl's tests as mocha does, which finds them by it", () => {
    const { files, titles } = kubectlTestsOnEtcd();
    const text = files.map((file) => readFileSync(join(repository, file), 'utf8')).join('\n');
    assert.deepEqual(
      titles.filter((title) => !text.includes(`it('${title}'`)),
      [],
    );
  });
});
