/** One line of a container log as CRI runtimes write it: `<time> <stream> <tags> <text>`. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, as written. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** The line goes on in the next one: the runtime splits long lines. */
  readonly partial: boolean;
  readonly text: Uint8Array;
}

const space = 0x20;

/** Undefined for what is no log line, as a crash may leave it. */
export function parseLogLine(line: Uint8Array): LogLine | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  const third = line.indexOf(space, second + 1);
  if (first <= 0 || second < 0 || third < 0) return undefined;
  const word = (from: number, to: number) =>
    Buffer.from(line.subarray(from, to)).toString('latin1');
  const stream = word(first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  return {
    time: word(0, first),
    stream,
    partial: word(second + 1, third).split(':')[0] === 'P',
    text: line.subarray(third + 1),
  };
}

/** As its user wrote it: what goes on, or stopped in the middle of a line, has no end. */
export const shownLine = ({ text, partial }: LogLine): Uint8Array =>
  partial ? text : Buffer.concat([text, Buffer.from([newline])]);

const newline = 0x0a;

/** Cuts bytes into lines without their ends; `rest` has begun and not ended. */
export function splitLines(data: Uint8Array): {
  readonly lines: readonly Uint8Array[];
  readonly rest: Uint8Array;
} {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, from)) {
    lines.push(data.subarray(from, end));
    from = end + 1;
  }
  return { lines, rest: data.subarray(from) };
}
