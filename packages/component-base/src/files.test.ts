import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from './files.ts';

describe('writeFileAtomic', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-files-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('replaces a file, keeps it private and leaves nothing else behind', async () => {
    const path = join(dir, 'pki', 'ca.key');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    assert.equal(await readFile(path, 'utf8'), 'two');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(dir, 'pki')), ['ca.key']);
  });

  it('leaves no draft when it cannot write', async () => {
    const path = join(dir, 'taken');
    await writeFileAtomic(join(path, 'file'), 'x');
    await assert.rejects(writeFileAtomic(path, 'y'));
    assert.deepEqual(await readdir(dir), ['taken']);
  });
});
