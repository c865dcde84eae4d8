import { quad } from './assemble.ts';
import type { Line } from './assemble.ts';

const sigint = 2;
const sigterm = 15;
const maskOf = (...signals: readonly number[]) =>
  signals.reduce((mask, signal) => mask | (1 << (signal - 1)), 0);

/** What the program hands to the kernel; both machines lay it out alike. */
export const sharedData: readonly Line[] = [
  // struct sigaction: the kernel reaps children by itself.
  { label: 'reap' },
  quad(1, 'handler: SIG_IGN'),
  quad(2, 'flags: SA_NOCLDWAIT'),
  quad(0, 'restorer: none'),
  quad(0, 'mask: empty'),
  // The signals that end it. They are blocked and waited for rather than handled: a process with number 1 does not
  // even see a signal that it neither handles nor blocks.
  { label: 'ends' },
  quad(maskOf(sigint, sigterm), 'SIGINT | SIGTERM'),
];
