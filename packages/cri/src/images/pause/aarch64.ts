import { word } from './assemble.ts';
import type { Line, Row } from './assemble.ts';
import { sharedData } from './data.ts';

const instruction = (text: string, encode: Row['encode']): Row => ({ text, size: 4, encode });

const mov = (register: number, value: number) =>
  instruction(`mov x${register}, #${value}`, () => word(0xd2800000 | (value << 5) | register));

/** Addresses are relative to the instruction: 21 bits, the lowest two of them apart. */
const adr = (register: number, label: string) =>
  instruction(`adr x${register}, ${label}`, (at, of) => {
    const distance = of(label) - at;
    return word(
      0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register,
    );
  });

const svc = instruction('svc #0', () => word(0xd4000001));

/** Bit 63 is the sign; distances count instructions. */
const branchIfNegative = (register: number, label: string) =>
  instruction(`tbnz x${register}, #63, ${label}`, (at, of) =>
    word(0xb7f80000 | ((((of(label) - at) >> 2) & 0x3fff) << 5) | register),
  );

/** Puts 64-bit data on an address that `adr` and the kernel like. */
const nop = instruction('nop', () => word(0xd503201f));

/** System calls: number in x8; arguments in x0 to x3; result in x0. */
export const aarch64Program: readonly Line[] = [
  // rt_sigaction(SIGCHLD, &reap, NULL, sizeof mask)
  mov(8, 134),
  mov(0, 17),
  adr(1, 'reap'),
  mov(2, 0),
  mov(3, 8),
  svc,
  // rt_sigprocmask(SIG_BLOCK, &ends, NULL, sizeof mask)
  mov(8, 135),
  mov(0, 0),
  adr(1, 'ends'),
  mov(2, 0),
  mov(3, 8),
  svc,
  { label: 'wait' },
  // rt_sigtimedwait(&ends, NULL, NULL, sizeof mask): the signal's number, or below 0 when something else woke it
  mov(8, 137),
  adr(0, 'ends'),
  mov(1, 0),
  mov(2, 0),
  mov(3, 8),
  svc,
  branchIfNegative(0, 'wait'),
  // exit_group(0)
  mov(8, 94),
  mov(0, 0),
  svc,
  nop,
  nop,
  ...sharedData,
];
