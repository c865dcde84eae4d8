import type { Host } from './host.ts';
import { cleanText } from './printers/clean.ts';
import { choosePalette } from './printers/palette.ts';
import type { Palette } from './printers/palette.ts';

/** The one way from a command to a person. Nothing of a server's reaches a terminal uncleaned. */
export interface Screen {
  readonly palette: Palette;
  /** A line on stdout. */
  say(line: string): Promise<void>;
  /** Text of a printer, which has cleaned what it printed and may have coloured it. */
  print(text: string): Promise<void>;
  /** Bytes as the server gave them; cleaned only when a person looks at them. */
  raw(data: string | Uint8Array): Promise<void>;
  /** A line of a server's, after a prefix that is clean already; in one piece, so that lines of several do not mix. */
  labelled(prefix: string, line: Uint8Array): Promise<void>;
  /** A line on stderr. */
  tell(line: string): Promise<void>;
}

export function createScreen({ stdout, stderr, env }: Host): Screen {
  const decoder = new TextDecoder();
  return {
    palette: choosePalette(env, stdout.isTerminal),
    say: (line) => stdout.write(`${cleanText(line)}\n`),
    print: (text) => stdout.write(text),
    raw(data) {
      if (!stdout.isTerminal) return stdout.write(data);
      const text = typeof data === 'string' ? data : decoder.decode(data, { stream: true });
      return stdout.write(cleanText(text));
    },
    labelled(prefix, line) {
      if (!stdout.isTerminal) return stdout.write(Buffer.concat([Buffer.from(prefix), line]));
      return stdout.write(prefix + cleanText(Buffer.from(line).toString('utf8')));
    },
    tell: (line) => stderr.write(`${cleanText(line)}\n`),
  };
}
