const newline = 0x0a;

/** Cuts a stream into lines, however its bytes come. */
export interface LineCutter {
  /** The lines that end in `chunk`, without those that are empty. */
  take(chunk: Uint8Array): readonly string[];
  /** What is after the last end of a line. */
  rest(): string;
}

export function createLineCutter(): LineCutter {
  /** The beginning of a line that has not ended. */
  let begun: Uint8Array[] = [];
  return {
    take(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const lines: string[] = [];
      let start = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        // Put together before they are read: a character may be cut as well.
        const line =
          begun.length === 0
            ? bytes.toString('utf8', start, end)
            : Buffer.concat([...begun, bytes.subarray(start, end)]).toString('utf8');
        if (begun.length > 0) begun = [];
        if (line) lines.push(line);
        start = end + 1;
      }
      if (start < bytes.length) begun.push(bytes.subarray(start));
      return lines;
    },
    rest: () => Buffer.concat(begun).toString('utf8'),
  };
}
