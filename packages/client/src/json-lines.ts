const newline = 0x0a;

/** Parses a stream of JSON values, one per line, however the bytes are cut. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      rest.push(chunk.subarray(start, end));
      start = end + 1;
      const line = textOfChunks(rest);
      rest = [];
      if (line) yield JSON.parse(line) as unknown;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  const line = textOfChunks(rest);
  if (line.trim()) yield JSON.parse(line) as unknown;
}

const textOfChunks = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString('utf8');
