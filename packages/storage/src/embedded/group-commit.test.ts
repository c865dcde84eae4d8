import assert from 'node:assert/strict';
import { createGroupCommit } from './group-commit.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  const setup = (failing: readonly string[] = []) => {
    const ran: string[] = [];
    const settled: string[] = [];
    const commits = createGroupCommit();
    const add = (name: string) =>
      commits.add({
        async run() {
          ran.push(name);
          await turn();
          if (failing.includes(name)) throw new Error('disk full');
        },
        settled: (error) => void settled.push(error ? `${name} failed` : name),
      });
    return { commits, add, ran, settled };
  };

  it('takes what arrives meanwhile into the next group, in order', async () => {
    const { commits, add, ran, settled } = setup();
    add('a');
    add('b');
    while (ran.length === 0) await turn();
    add('c');
    add('d');
    assert.deepEqual(ran, ['a', 'b']);
    await commits.idle();
    assert.deepEqual(ran, ['a', 'b', 'c', 'd']);
    assert.deepEqual(settled, ran);
    add('e');
    await commits.idle();
    assert.deepEqual(settled, ['a', 'b', 'c', 'd', 'e']);
  });

  it('fails what is under way with the first failure, and takes no more', async () => {
    const { commits, add, ran, settled } = setup(['b']);
    add('a');
    add('b');
    while (ran.length === 0) await turn();
    add('c');
    assert.equal(commits.failure(), undefined);
    await commits.idle();
    assert.deepEqual(settled, ['a failed', 'b failed', 'c failed']);
    assert.match(String(commits.failure()), /disk full/);
    add('d');
    assert.deepEqual(settled.slice(3), ['d failed']);
    assert.deepEqual(ran, ['a', 'b']);
  });
});
