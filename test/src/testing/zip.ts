import { inflateRawSync } from 'node:zlib';

const endOfDirectory = 0x06054b50;
const endOfDirectorySize = 22;
const fileHeaderSize = 30;
const directoryEntrySize = 46;
const deflated = 8;

/** The named files of a zip archive of less than 4 GiB, as they were before they were packed. */
export function unzip(archive: Buffer, names: readonly string[]): ReadonlyMap<string, Buffer> {
  const entries = readDirectory(archive);
  return new Map(
    names.map((name) => {
      const entry = entries.get(name);
      if (!entry) throw new Error(`the archive has no ${name}`);
      return [name, unpack(archive, entry)];
    }),
  );
}

interface Entry {
  readonly method: number;
  readonly size: number;
  readonly offset: number;
}

function readDirectory(archive: Buffer): ReadonlyMap<string, Entry> {
  let end = archive.length - endOfDirectorySize;
  while (end >= 0 && archive.readUInt32LE(end) !== endOfDirectory) end -= 1;
  if (end < 0) throw new Error('not a zip archive');
  const entries = new Map<string, Entry>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameStart = at + directoryEntrySize;
    const nameEnd = nameStart + archive.readUInt16LE(at + 28);
    entries.set(archive.toString('utf8', nameStart, nameEnd), {
      method: archive.readUInt16LE(at + 10),
      size: archive.readUInt32LE(at + 20),
      offset: archive.readUInt32LE(at + 42),
    });
    at = nameEnd + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function unpack(archive: Buffer, { method, size, offset }: Entry): Buffer {
  const start =
    offset + fileHeaderSize + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
  const packed = archive.subarray(start, start + size);
  return method === deflated ? inflateRawSync(packed) : packed;
}
