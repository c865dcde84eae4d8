#!/usr/bin/env node
import { readdirSync, statSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);
const builtAt = (path) => statSync(at(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

// The bundle starts sooner, but is only believed while nothing that it was made from is newer.
const bundle = builtAt('../dist/bundle/main.js');
const rooms = readdirSync(at('../..'));
const isCurrent = rooms.every((room) => builtAt(`../../${room}/dist/.tsbuildinfo`) <= bundle);
await import(isCurrent ? at('../dist/bundle/main.js') : at('../dist/main.js'));
