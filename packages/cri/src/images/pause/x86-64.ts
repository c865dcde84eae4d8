import { word } from './assemble.ts';
import type { Line, Row } from './assemble.ts';
import { sharedData } from './data.ts';

const fixed = (text: string, ...bytes: readonly number[]): Row => ({
  text,
  size: bytes.length,
  encode: () => bytes,
});

const movEax = (value: number) => fixed(`mov eax, ${value}`, 0xb8, ...word(value));
const movEdi = (value: number) => fixed(`mov edi, ${value}`, 0xbf, ...word(value));
const movR10d = (value: number) => fixed(`mov r10d, ${value}`, 0x41, 0xba, ...word(value));
const zeroEdx = fixed('xor edx, edx', 0x31, 0xd2);
const zeroEsi = fixed('xor esi, esi', 0x31, 0xf6);
const zeroEdi = fixed('xor edi, edi', 0x31, 0xff);
const testEax = fixed('test eax, eax', 0x85, 0xc0);
const syscall = fixed('syscall', 0x0f, 0x05);

/** Addresses are relative to the end of the instruction. */
const lea = (register: 'rsi' | 'rdi', label: string): Row => ({
  text: `lea ${register}, [rip + ${label}]`,
  size: 7,
  encode: (at, of) => [0x48, 0x8d, register === 'rsi' ? 0x35 : 0x3d, ...word(of(label) - (at + 7))],
});

const jumpIfNotAbove0 = (label: string): Row => ({
  text: `jle ${label}`,
  size: 2,
  encode: (at, of) => [0x7e, (of(label) - (at + 2)) & 0xff],
});

/** System calls: number in eax; arguments in rdi, rsi, rdx, r10; result in rax. */
export const x86Program: readonly Line[] = [
  // rt_sigaction(SIGCHLD, &reap, NULL, sizeof mask)
  movEax(13),
  movEdi(17),
  lea('rsi', 'reap'),
  zeroEdx,
  movR10d(8),
  syscall,
  // rt_sigprocmask(SIG_BLOCK, &ends, NULL, sizeof mask)
  movEax(14),
  zeroEdi,
  lea('rsi', 'ends'),
  zeroEdx,
  movR10d(8),
  syscall,
  { label: 'wait' },
  // rt_sigtimedwait(&ends, NULL, NULL, sizeof mask): the signal's number, or below 0 when something else woke it
  movEax(128),
  lea('rdi', 'ends'),
  zeroEsi,
  zeroEdx,
  movR10d(8),
  syscall,
  testEax,
  jumpIfNotAbove0('wait'),
  // exit_group(0)
  movEax(231),
  zeroEdi,
  syscall,
  ...sharedData,
];
