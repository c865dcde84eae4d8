#!/usr/bin/env node
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const builtAt = (path) => statSync(at(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

// The bundle starts sooner, but is only believed while nothing that it was made from is newer.
const bundle = '../dist/bundle/program.cjs';
const bundledAt = builtAt(bundle);
const rooms = readdirSync(at('../..'));
const isCurrent = rooms.every((room) => builtAt(`../../${room}/dist/.tsbuildinfo`) <= bundledAt);
if (isCurrent) runBundle();
else await import('../dist/main.js');

/** Runs the bundle with what V8 made of it when it was built, so that little of it is compiled again. */
function runBundle() {
  const filename = at(bundle);
  const cache = at(`../dist/bundle/${roleOf(process.argv[2])}.v8cache`);
  const script = new Script(readFileSync(filename, 'latin1'), {
    filename,
    cachedData: contentOf(cache),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (process.env.BERTH_WRITE_CODE_CACHE) {
    process.once('exit', () => writeFileSync(cache, script.createCachedData()));
  }
  const module = { exports: {} };
  const run = script.runInThisContext();
  run(module.exports, createRequire(filename), module, filename, dirname(filename));
}

/** Commands that run much the same code share what was compiled of it. */
function roleOf(command) {
  switch (command) {
    case 'up':
      return 'up';
    case 'control-plane':
    case 'apiserver':
    case 'scheduler':
    case 'controller-manager':
      return 'control-plane';
    case 'agent':
    case 'simulate':
      return 'node';
    default:
      return 'verb';
  }
}

function contentOf(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
