import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';

/** What a machine is and has. */
export interface Machine {
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  /** In Go's words: `linux`, `amd64`. */
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

const textOf = async (path: string): Promise<string> =>
  (await readFile(path, 'utf8').catch(() => '')).trim();

/** Reads this machine; `dataDir` lies on the file system that pods use. */
export async function readMachine(dataDir: string): Promise<Machine> {
  const [release, machineId, systemUuid, bootId, storage] = await Promise.all([
    textOf('/etc/os-release'),
    textOf('/etc/machine-id'),
    textOf('/sys/class/dmi/id/product_uuid'),
    textOf('/proc/sys/kernel/random/boot_id'),
    statfs(dataDir),
  ]);
  return {
    hostname: os.hostname().toLowerCase(),
    cpus: os.cpus().length,
    memoryBytes: os.totalmem(),
    storageBytes: storage.blocks * storage.bsize,
    operatingSystem: os.platform(),
    architecture: architectures[os.arch()] ?? os.arch(),
    kernelVersion: os.release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? os.type(),
    machineId,
    systemUuid: systemUuid || machineId,
    bootId,
  };
}
