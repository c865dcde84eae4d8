import assert from 'node:assert/strict';
import { createDiskSpace } from './disk-space.ts';

const mib = 1024 * 1024;

describe('disk space', () => {
  it('refuses before the disk is full, keeps room for removals, and sees when there is more', () => {
    let free = 33 * mib;
    const space = createDiskSpace('/', () => free);
    assert.equal(space.hasRoomFor(mib / 4, false), true);
    assert.equal(space.hasRoomFor(mib, false), false);
    assert.equal(space.hasRoomFor(0, true), true);
    free = 7 * mib;
    space.refresh();
    assert.equal(space.hasRoomFor(0, true), false);
    free = 64 * mib;
    assert.equal(space.hasRoomFor(mib, false), true);
  });

  it('counts what it has let through until it asks again', () => {
    let asked = 0;
    const space = createDiskSpace('/', () => {
      asked += 1;
      return 100 * mib;
    });
    let taken = 0;
    while (asked === 1 || asked === 0) {
      space.hasRoomFor(mib, false);
      taken += 1;
    }
    assert.ok(taken > 20 && taken < 40);
  });

  it('asks the disk that there is', () => {
    assert.equal(createDiskSpace('/').hasRoomFor(Number.MAX_SAFE_INTEGER, false), false);
  });
});
