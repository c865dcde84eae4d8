export type { Host, Sink, Source, TerminalSize } from './host.ts';
export { runBerth } from './run.ts';
export type { Self } from './run.ts';
