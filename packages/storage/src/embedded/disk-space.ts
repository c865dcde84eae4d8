import { statfsSync } from 'node:fs';

/** Watches over the space that is left where a directory lies. */
export interface DiskSpace {
  /** Whether so many bytes can be written; removals may use what is kept back for them. */
  hasRoomFor(bytes: number, isRemoval: boolean): boolean;
  /** What was assumed to be written may have been: the disk is asked again before long. */
  refresh(): void;
}

/** Kept back, since lmdb must never find the disk full, and since removals are the way out. */
const reserveBytes = 32 * 1024 * 1024;
const reserveForRemovalsBytes = 8 * 1024 * 1024;
/** A record costs its own pages, and copies of those that lead to it. */
const overhead = 2;
const pagesBytes = 32 * 1024;

export function createDiskSpace(
  path: string,
  freeBytes: () => number = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
): DiskSpace {
  let free: number | undefined;
  const fits = (bytes: number, reserve: number) => {
    free ??= freeBytes();
    return free - bytes >= reserve;
  };
  return {
    hasRoomFor(bytes, isRemoval) {
      const cost = bytes * overhead + pagesBytes;
      const reserve = isRemoval ? reserveForRemovalsBytes : reserveBytes;
      if (!fits(cost, reserve)) {
        free = undefined;
        if (!fits(cost, reserve)) return false;
      }
      free! -= cost;
      return true;
    },
    refresh() {
      free = undefined;
    },
  };
}
