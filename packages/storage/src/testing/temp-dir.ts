import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDirs {
  make(): string;
  removeAll(): void;
}

/** Directories of a test below `parent`, removed together. */
export function createTempDirs(parent = tmpdir()): TempDirs {
  const made: string[] = [];
  return {
    make() {
      const path = mkdtempSync(join(parent, 'berth-storage-'));
      made.push(path);
      return path;
    },
    removeAll() {
      for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
    },
  };
}
