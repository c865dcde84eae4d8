import { aarch64Program } from './aarch64.ts';
import { assemble } from './assemble.ts';
import type { Line } from './assemble.ts';
import { elfExecutable } from './elf.ts';
import type { Machine } from './elf.ts';
import { x86Program } from './x86-64.ts';

const programs: Readonly<Record<Machine, readonly Line[]>> = {
  'x86-64': x86Program,
  aarch64: aarch64Program,
};

/**
 * The process that holds a sandbox's namespaces open: a static executable that reaps orphans, ends with 0 on SIGTERM
 * and SIGINT, and otherwise sleeps for ever without waking up.
 */
export const pauseExecutable = (machine: Machine): Uint8Array =>
  elfExecutable(machine, assemble(programs[machine]));
