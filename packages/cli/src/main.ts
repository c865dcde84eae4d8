import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { ReadStream } from 'node:tty';
import { systemClock, terminationSignal } from '@berth/component-base';
import type { Host, Sink, Source } from './host.ts';
import { runBerth } from './run.ts';

const { env, stdout, stderr } = process;

const sinkOf = (stream: typeof stdout | typeof stderr): Sink => ({
  isTerminal: isatty(stream.fd),
  write: (data) =>
    new Promise((resolve) => {
      stream.write(data, () => resolve());
    }),
});

/** Opened when somebody reads: a pipe that nobody writes to must not keep the process. */
const opened: { stdin?: ReadStream } = {};
const input = () => (opened.stdin ??= process.stdin);
const stdin: Source = {
  isTerminal: isatty(0),
  setRaw(raw) {
    if (isatty(0)) input().setRawMode(raw);
  },
  [Symbol.asyncIterator]: () => input()[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
};

const ownDataDir = () =>
  process.getuid?.() === 0 ? '/var/lib/berth' : join(homedir(), '.local/share/berth');

const host: Host = {
  env,
  homeDir: homedir(),
  dataDir: env['BERTH_DATA_DIR'] ?? ownDataDir(),
  clock: systemClock,
  stdin,
  stdout: sinkOf(stdout),
  stderr: sinkOf(stderr),
  terminalSize: () => (stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined),
  onResize(fn) {
    stdout.on('resize', fn);
    return () => stdout.off('resize', fn);
  },
  readFile: (path) => readFileSync(path, 'utf8'),
  fileExists: existsSync,
  readDirectory: (path) =>
    statSync(path).isDirectory() ? readdirSync(path).toSorted() : undefined,
  terminationSignal,
};

// Whoever reads has read enough: `berth get pods | head -1`.
for (const stream of [stdout, stderr]) {
  stream.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code === 'EPIPE') process.exit(0);
    throw err;
  });
}

const [, script = ''] = process.argv;
const self = [process.execPath, ...process.execArgv, script] as const;
void runBerth(process.argv.slice(2), host, self).then((code) => {
  process.exitCode = code;
  opened.stdin?.destroy();
});
