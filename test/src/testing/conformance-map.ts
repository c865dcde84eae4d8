import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './repository.ts';

/** A row of docs/conformance.md. */
interface Row {
  /** Upstream's name of the test. */
  readonly upstream: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** Files that hold a row and have nothing to gain from being run again. */
const elsewhere = [
  // Asked of every store, etcd too, with the units of storage.
  'packages/storage/src/testing/contract.ts',
];

export const readConformanceMap = (): readonly Row[] =>
  readFileSync(join(repository, 'docs/conformance.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| [sig-'))
    .map((line) => {
      const [, upstream = '', here = ''] = line.split(/(?<!\\) *\| */);
      const tests = here.split('<br>').map((each) => {
        const [, file = '', title = ''] = /^(\S+): `(.+)`$/.exec(each) ?? [];
        return { file, title };
      });
      return { upstream, tests };
    });

interface OnEtcd {
  /** Source files of tests. */
  readonly files: readonly string[];
}

/** The tests that are run again on etcd: the files that the map names, but for those named above. */
export function testsOnEtcd(): OnEtcd {
  const files = namedTests().flatMap(({ file }) => (isKubectls(file) ? [] : [testFileOf(file)]));
  return { files: unique(files) };
}

/** The same of those that ask by the real kubectl, which is slow: only what the map names of them. */
export function kubectlTestsOnEtcd(): OnEtcd & { readonly titles: readonly string[] } {
  const tests = namedTests().filter(({ file }) => isKubectls(file));
  return {
    files: unique(tests.map(({ file }) => file)),
    titles: unique(tests.map(({ title }) => title)),
  };
}

const namedTests = () =>
  readConformanceMap()
    .flatMap(({ tests }) => tests)
    .filter(({ file }) => !elsewhere.includes(file));

const isKubectls = (file: string): boolean => file.startsWith('test/src/conformance/');

/** What a suite describes for several stores is run by the test file beside it. */
const testFileOf = (file: string): string =>
  file.endsWith('.test.ts') ? file : file.replace(/\.ts$/, '.test.ts');

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
