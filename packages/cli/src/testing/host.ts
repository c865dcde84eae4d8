import { createFakeClock } from '@berth/component-base/testing';
import type { Environment } from '@berth/component-base';
import type { Host, Sink } from '../host.ts';

export interface TestHostOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Environment;
  readonly isTerminal?: boolean;
}

export interface TestHost {
  readonly host: Host;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** A machine of a few files, whose streams are remembered. */
export function createTestHost(options: TestHostOptions = {}): TestHost {
  const { files = {}, env = {}, isTerminal = false } = options;
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Sink => ({
    isTerminal,
    async write(data) {
      written[name] += typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    },
  });
  return {
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    host: {
      env,
      homeDir: '/home/me',
      dataDir: '/data',
      clock: createFakeClock(),
      stdin: { isTerminal: false, setRaw: () => undefined, async *[Symbol.asyncIterator]() {} },
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      terminalSize: () => undefined,
      onResize: () => () => undefined,
      readFile(path) {
        const text = files[path];
        if (text === undefined)
          throw new Error(`ENOENT: no such file or directory, open '${path}'`);
        return text;
      },
      readDirectory(path) {
        const below = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
        const names = below.map((name) => name.slice(path.length + 1).split('/')[0] ?? '');
        return path in files ? undefined : [...new Set(names)].toSorted();
      },
      fileExists: (path) => path in files,
      terminationSignal: () => new AbortController().signal,
    },
  };
}
