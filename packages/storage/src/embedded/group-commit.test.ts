import assert from 'node:assert/strict';
import { createGroupCommit } from './group-commit.ts';

describe('a group commit', () => {
  const setup = (outcomes: readonly boolean[]) => {
    const groups: string[][] = [];
    const settled: string[] = [];
    const commits = createGroupCommit(async (steps) => {
      groups.push([]);
      steps();
      await new Promise((resolve) => setImmediate(resolve));
      if (outcomes[groups.length - 1] === false) throw new Error('disk full');
    });
    const add = (name: string) =>
      commits.add({
        run: () => void groups.at(-1)?.push(name),
        settled: (error) => void settled.push(error ? `${name} failed` : name),
      });
    return { commits, add, groups, settled };
  };

  it('takes what arrives meanwhile into the next transaction, in order', async () => {
    const { commits, add, groups, settled } = setup([]);
    add('a');
    add('b');
    while (groups.length === 0) await new Promise((resolve) => setImmediate(resolve));
    add('c');
    add('d');
    await commits.idle();
    assert.deepEqual(groups, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
    assert.deepEqual(settled, ['a', 'b', 'c', 'd']);
  });

  it('fails what is under way together, and goes on', async () => {
    const { commits, add, groups, settled } = setup([false]);
    add('a');
    while (groups.length === 0) await new Promise((resolve) => setImmediate(resolve));
    add('b');
    await commits.idle();
    assert.deepEqual(settled, ['a failed', 'b failed']);
    add('c');
    await commits.idle();
    assert.deepEqual(groups, [['a'], ['c']]);
    assert.deepEqual(settled.slice(2), ['c']);
  });
});
