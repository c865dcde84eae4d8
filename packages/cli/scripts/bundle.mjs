// Puts the program and the JavaScript it is made of into a few files: finding and reading a thousand modules takes
// longer than most verbs do, and half of the time until a cluster is ready.
import { readFile, rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const room = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${room}dist/bundle`;
await rm(outdir, { recursive: true, force: true });

/** Rooms find their data files beside themselves, so each keeps the place it was built to. */
const placesOfRooms = {
  name: 'places of rooms',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/packages\/[^/]+\/dist\/.*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        `new URL(${JSON.stringify(relative(outdir, path))}, import.meta.url).href`,
      ),
    })),
};

await build({
  absWorkingDir: room,
  entryPoints: ['dist/main.js'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  plugins: [placesOfRooms],
  // What is native, or looks for files beside itself.
  external: ['lmdb', 'etcd3', '@grpc/proto-loader', 'protobufjs'],
  // CommonJS asks for Node's own modules.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
