export type Machine = 'x86-64' | 'aarch64';

const machineNumbers: Readonly<Record<Machine, number>> = { 'x86-64': 0x3e, aarch64: 0xb7 };

const headerSize = 64;
const segmentSize = 56;
/** Where static executables have always been put; nothing else is mapped there. */
const base = 0x400000;

/** The smallest 64-bit ELF that Linux runs: one readable and executable segment, entered at its first instruction. */
export function elfExecutable(machine: Machine, code: Uint8Array): Uint8Array {
  const start = headerSize + segmentSize;
  const file = Buffer.alloc(start + code.length);
  const long = (value: number, at: number) => file.writeBigUInt64LE(BigInt(value), at);

  file.set([0x7f, 0x45, 0x4c, 0x46]); // magic
  file.set([2, 1, 1], 4); // 64 bits, little-endian, version 1; System V
  file.writeUInt16LE(2, 16); // an executable at a fixed address
  file.writeUInt16LE(machineNumbers[machine], 18);
  file.writeUInt32LE(1, 20); // version
  long(base + start, 24); // entry
  long(headerSize, 32); // program headers follow at once; no section headers
  file.writeUInt16LE(headerSize, 52);
  file.writeUInt16LE(segmentSize, 54);
  file.writeUInt16LE(1, 56); // one program header

  const segment = headerSize;
  file.writeUInt32LE(1, segment); // PT_LOAD
  file.writeUInt32LE(5, segment + 4); // read, execute
  long(0, segment + 8); // from the start of the file
  long(base, segment + 16); // virtual address
  long(base, segment + 24); // physical address
  long(file.length, segment + 32); // bytes in the file
  long(file.length, segment + 40); // bytes in memory
  long(0x10000, segment + 48); // alignment: the largest page size aarch64 kernels use

  file.set(code, start);
  return file;
}
