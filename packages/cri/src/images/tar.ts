import { pack as createPack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';

type EntryHeader = Omit<Partial<Header>, 'uid' | 'gid' | 'mtime'> & Pick<Header, 'name'>;

/** Adds entries to a tar file; owner is root and times are 0, so that equal content means equal bytes. */
export interface TarWriter {
  /** `size` is how many bytes `content` yields. */
  add(
    header: EntryHeader,
    content?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void>;
}

/** A tar file as a stream of bytes; `write` runs at the pace the bytes are read. */
export async function* tarOf(
  write: (writer: TarWriter) => Promise<void>,
): AsyncIterable<Uint8Array> {
  const pack = createPack();
  const failed = (err: unknown) =>
    pack.destroy(err instanceof Error ? err : new Error(String(err)));
  write({ add: (header, content = []) => addEntry(pack, header, content) }).then(
    () => pack.finalize(),
    failed,
  );
  yield* pack as AsyncIterable<Uint8Array>;
}

async function addEntry(
  pack: Pack,
  header: EntryHeader,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let finished = (_err?: Error | null) => {};
  const done = new Promise<void>((resolve, reject) => {
    finished = (err) => (err ? reject(err) : resolve());
  });
  const entry = pack.entry({ ...header, uid: 0, gid: 0, mtime: new Date(0) }, finished);
  for await (const chunk of content) {
    if (!entry.write(chunk))
      await new Promise((resolve) => entry.once('drain', resolve as () => void));
  }
  entry.end(null);
  await done;
}
