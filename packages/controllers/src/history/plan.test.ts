import assert from 'node:assert/strict';
import { statefulSets } from '@berth/api';
import type { ControllerRevision } from '@berth/api';
import { makeMetadata, makePodTemplate, makeStatefulSet } from '@berth/api/testing';
import fc from 'fast-check';
import { inOrder, planRevision, surplusRevisions, templateOf } from './plan.ts';

const owner = makeStatefulSet('web');
const template = (version: number) =>
  makePodTemplate({ app: 'web' }, { containers: [{ name: 'main', image: `v${version}` }] });
const plan = (version: number, revisions: readonly ControllerRevision[], collisionCount = 0) =>
  planRevision({
    type: statefulSets,
    owner,
    template: template(version),
    revisions,
    collisionCount,
  });

describe('planRevision', () => {
  it('makes the present template the newest revision, and holds each template once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1 }), (versions) => {
        let revisions: readonly ControllerRevision[] = [];
        for (const version of versions) {
          const step = plan(version, revisions);
          const newest =
            step.kind === 'create'
              ? {
                  ...step.draft,
                  metadata: makeMetadata(step.draft.metadata.name, step.draft.metadata),
                }
              : step.revision;
          revisions = [
            ...revisions.filter((each) => each.metadata.name !== newest.metadata.name),
            newest,
          ];
          assert.deepEqual(templateOf(inOrder(revisions).at(-1)!), template(version));
          assert.equal(plan(version, revisions).kind, 'keep');
        }
        assert.equal(revisions.length, new Set(versions).size);
      }),
    );
  });

  it('takes another name when one is taken', () => {
    const [first, second] = [plan(1, []), plan(1, [], 1)];
    assert.ok(first.kind === 'create' && second.kind === 'create');
    assert.notEqual(first.draft.metadata.name, second.draft.metadata.name);
  });
});

describe('surplusRevisions', () => {
  const revision = (n: number): ControllerRevision => ({
    metadata: makeMetadata(`r${n}`),
    revision: n,
  });
  const all = [3, 1, 4, 2, 5].map(revision);
  const names = (limit: number) =>
    surplusRevisions(all, new Set(['r5', 'r2']), limit).map(({ metadata }) => metadata.name);
  it('are the oldest that nothing lives by', () => {
    assert.deepEqual(names(1), ['r1', 'r3']);
    assert.deepEqual(names(3), []);
    assert.deepEqual(names(0), ['r1', 'r3', 'r4']);
    assert.deepEqual(names(-1), []);
  });
});
