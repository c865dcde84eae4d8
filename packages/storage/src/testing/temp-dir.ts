import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDirs {
  make(): string;
  removeAll(): void;
}

/** Directories of a test, removed together. */
export function createTempDirs(): TempDirs {
  const made: string[] = [];
  return {
    make() {
      const path = mkdtempSync(join(tmpdir(), 'berth-storage-'));
      made.push(path);
      return path;
    },
    removeAll() {
      for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
    },
  };
}
