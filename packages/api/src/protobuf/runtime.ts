import { createRequire } from 'node:module';
import type * as protobufjs from 'protobufjs/minimal.js';

let loaded: typeof protobufjs | undefined;

/** Loaded with the first protobuf body: most programs that use this room never see one, and start sooner. */
export const protobuf = (): typeof protobufjs =>
  (loaded ??= createRequire(import.meta.url)('protobufjs/minimal.js') as typeof protobufjs);
