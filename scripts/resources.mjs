// Writes docs/resources.md from the scheme and the sources: which built-in resources there are, and which parts of
// the system act on them. A part acts on a resource when it names its row. `--check` only compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as api from '@berth/api';
import { fieldsWithoutEffect } from '../packages/apiserver/dist/registry/without-effect.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/resources.md');

const rows = new Map(
  Object.entries(api).flatMap(([name, value]) =>
    api.resourceTypes.includes(value) ? [[name, value]] : [],
  ),
);

/** Where sources lie, and what they are called in the table; the first that fits. */
const parts = [
  [/^packages\/controllers\/src\/([^/]+)\//, (match) => ['controllers', match[1]]],
  [/^packages\/scheduler\/src\//, () => ['scheduler']],
  [/^packages\/(agent\/src|apiserver\/src\/node)\//, () => ['node agent']],
  [/^packages\/apiserver\/src\/(registry|testing|bootstrap|endpoints)\//, () => undefined],
  [/^packages\/apiserver\/src\/([^/]+)\//, (match) => ['API server', match[1]]],
];

const sources = [...walk('packages')];
const acting = new Map([...rows.keys()].map((name) => [name, new Map()]));
for (const path of sources) {
  const part = partOf(path);
  if (!part) continue;
  for (const name of importsOf(readFileSync(join(root, path), 'utf8'))) note(name, part);
}

const text = print();
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/resources.md is not what `npm run docs` writes');
  process.exit(1);
}

function* walk(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!['dist', 'node_modules', 'gen', 'testing'].includes(entry.name)) yield* walk(path);
    } else if (/\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name)) yield path;
  }
}

function partOf(path) {
  for (const [shape, name] of parts) {
    const match = shape.exec(path);
    if (match) return name(match);
  }
  return undefined;
}

/** Rows that a file imports, under whatever name. */
function importsOf(source) {
  return [...source.matchAll(/import \{([^}]*)\} from '@berth\/api'/g)].flatMap(([, list]) =>
    list
      .split(',')
      .map((each) => each.trim().split(/\s+as\s+/)[0])
      .filter((name) => rows.has(name)),
  );
}

/** Two views of one kind are one thing to whoever acts on it. */
function note(name, [part, detail]) {
  for (const [view, { kind }] of rows) {
    if (kind !== rows.get(name).kind) continue;
    const known = acting.get(view);
    known.set(part, new Set([...(known.get(part) ?? []), ...(detail ? [detail] : [])]));
  }
}

function print() {
  const head = ['Group and version', 'Resource', 'Kind', 'Short', 'Scope', 'Who acts on it'];
  const body = [...rows].map(([name, type]) => [
    api.apiVersionOf(type),
    type.resource,
    type.kind,
    type.shortNames.join(', '),
    type.namespaced ? 'namespace' : 'cluster',
    actors(acting.get(name)),
  ]);
  const fields = Object.entries(fieldsWithoutEffect).map(([field, { instead, usual }]) => [
    `\`${field}\``,
    usual === undefined ? instead : `${instead} (as \`${usual}\` says)`,
  ]);
  return [
    '# Built-in resources',
    '',
    'Every resource of the stable groups of Kubernetes 1.36 is served with its subresources, defaults, validation and',
    'tables. This page says who acts on each; `npm run docs` writes it from the scheme and the sources. The namespace',
    'controller acts on all of them, as do the garbage collector on all but events and quotas on counts. Beside them the',
    'API server computes component statuses, bindings, reviews of tokens and access, and usage metrics, which are not',
    'stored.',
    '',
    ...table(head, sorted(body)),
    '',
    '## Fields without effect',
    '',
    'These are taken and checked, and nothing in the cluster acts on them. Whoever writes them is told so in a warning.',
    '',
    ...table(['Field', 'What happens instead'], fields),
    '',
  ].join('\n');
}

function actors(known) {
  if (known.size === 0) return 'nobody: it is kept for whoever asks';
  return [...known]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([part, details]) => (details.size ? `${part} (${[...details].sort().join(', ')})` : part))
    .join('; ');
}

function sorted(body) {
  return [...body].sort((a, b) => {
    const [x, y] = [a, b].map(
      ([version, resource]) => `${version.includes('/') ? version : ''} ${resource}`,
    );
    return x < y ? -1 : 1;
  });
}

/** As prettier leaves tables. */
function table(head, body) {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...body.map((row) => row[i].length)),
  );
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}
