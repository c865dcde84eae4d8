// Puts the program and the JavaScript it is made of into one file, and keeps what V8 compiles of it: finding, reading
// and compiling a thousand modules takes longer than most verbs do, and half of the time until a cluster is ready.
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileAhead } from './compile-ahead.mjs';

const room = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${room}dist/bundle`;
const outfile = `${outdir}/program.cjs`;

/** Rooms find their data files beside themselves, so each keeps the place it was built to. */
const placesOfRooms = {
  name: 'places of rooms',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/packages\/[^/]+\/dist\/.*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        `new URL(${JSON.stringify(relative(outdir, path))}, bundleUrl).href`,
      ),
    })),
};

/** A package that was installed several times in one version is taken once. */
const onceEach = {
  name: 'once each',
  setup(esbuild) {
    const taken = new Map();
    esbuild.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === onceEach || from.kind === 'entry-point') return undefined;
      const { importer, namespace, resolveDir, kind } = from;
      const options = { importer, namespace, resolveDir, kind, pluginData: onceEach };
      const found = await esbuild.resolve(path, options);
      const place = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(found.path)?.[0];
      if (found.errors.length > 0 || !place) return undefined;
      const { name, version } = JSON.parse(await readFile(`${place}/package.json`, 'utf8'));
      const first = taken.get(`${name}@${version}`) ?? place;
      taken.set(`${name}@${version}`, first);
      return { ...found, path: first + found.path.slice(place.length) };
    });
  },
};

const {
  outputFiles: [{ contents }],
} = await build({
  absWorkingDir: room,
  entryPoints: ['dist/main.js'],
  outfile,
  write: false,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  plugins: [placesOfRooms, onceEach],
  // What is native, or looks for files beside itself.
  external: ['lmdb', 'etcd3', '@grpc/proto-loader'],
  // One function of one-byte characters, as Node makes of every CommonJS module; bin/berth.js calls it.
  charset: 'ascii',
  // Names stay, and lines: stack traces are for people.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  banner: {
    js: '(function (exports, require, module, __filename, __dirname) { const bundleUrl = require("node:url").pathToFileURL(__filename).href;',
  },
  footer: { js: '})' },
  logLevel: 'warning',
});

const nodeVersion = `${outdir}/node-version`;
const isSame =
  (await contentOf(outfile)).equals(contents) &&
  (await contentOf(nodeVersion)).toString() === process.version;
if (isSame) {
  const now = new Date();
  await utimes(outfile, now, now);
} else {
  // V8 knows compiled code to be of its source by no more than the length: none may outlive what it was made from.
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await writeFile(outfile, contents);
  await compileAhead(`${room}bin/berth.js`);
  await writeFile(nodeVersion, process.version);
}

function contentOf(path) {
  return readFile(path).catch(() => Buffer.alloc(0));
}
