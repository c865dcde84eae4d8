import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which room may walk into which: down, never up, never sideways. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: [],
  'component-base': [],
  storage: ['api', 'component-base'],
  apiserver: ['api', 'component-base', 'storage'],
  client: ['api', 'component-base'],
  scheduler: ['api', 'component-base', 'client'],
  controllers: ['api', 'component-base', 'client'],
  cri: ['component-base'],
  agent: ['api', 'component-base', 'client', 'cri'],
  cluster: [
    'api',
    'component-base',
    'storage',
    'apiserver',
    'client',
    'scheduler',
    'controllers',
    'cri',
    'agent',
  ],
  cli: ['api', 'component-base', 'client', 'cluster'],
};

const packagesDir = fileURLToPath(new URL('../../../packages/', import.meta.url));

describe('the dependency rule', () => {
  it('knows every package', () => {
    assert.deepEqual(Object.keys(mayImport).sort(), readdirSync(packagesDir).sort());
  });

  for (const [name, allowed] of Object.entries(mayImport)) {
    it(`${name} -> ${allowed.join(', ') || '(nothing)'}`, () => {
      assert.deepEqual(strays(name, [name, ...allowed]), []);
    });

    it(`${name} says so in its manifest`, () => {
      const manifest = JSON.parse(
        readFileSync(join(packagesDir, name, 'package.json'), 'utf8'),
      ) as { readonly dependencies?: Readonly<Record<string, string>> };
      const ours = Object.keys(manifest.dependencies ?? {}).flatMap((dependency) =>
        dependency.startsWith('@berth/') ? [dependency.slice('@berth/'.length)] : [],
      );
      assert.deepEqual(
        ours.filter((dependency) => !allowed.includes(dependency)),
        [],
      );
    });
  }
});

describe('production code', () => {
  for (const name of Object.keys(mayImport)) {
    it(`of ${name} uses no fake and nothing behind a door`, () => {
      const behind = specifiersOf(name).filter(
        ({ specifier }) =>
          specifier.endsWith('/testing') ||
          /\/testing\//.test(specifier) ||
          /^@berth\/[a-z-]+\/(src|dist)\b/.test(specifier) ||
          /(^|\/)packages\//.test(specifier),
      );
      assert.deepEqual(behind, []);
    });
  }
});

function strays(name: string, allowed: readonly string[]): readonly string[] {
  return specifiersOf(name).flatMap(({ file, specifier }) => {
    const room = /^@berth\/([a-z-]+)/.exec(specifier)?.[1];
    return room !== undefined && !allowed.includes(room) ? [`${file} imports ${specifier}`] : [];
  });
}

/** What production files of a package import: statically, for types, again exported, or when asked. */
function specifiersOf(name: string): readonly { file: string; specifier: string }[] {
  const src = join(packagesDir, name, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(isProduction);
  return files.flatMap((file) =>
    [
      ...readFileSync(join(src, file), 'utf8').matchAll(
        /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g,
      ),
    ].map((match) => ({ file, specifier: match[1]! })),
  );
}

const isProduction = (file: string) =>
  file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.split('/').includes('testing');
