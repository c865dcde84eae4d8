import assert from 'node:assert/strict';
import type { FieldError, WorkloadSpec } from '@berth/api';
import { makeWorkload } from '@berth/api/testing';
import { workloads } from './workloads.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const template = (name: string) => ({ name, schedulingPolicy: { gang: { minCount: 2 } } });
const workloadOf = (spec: object) => ({ ...makeWorkload('a', []), spec: spec as WorkloadSpec });

describe('workloads', () => {
  const templates = 'spec.podGroupTemplates';
  const cases: readonly (readonly [string, object, ...(readonly string[])])[] = [
    [
      'a template and an owner',
      {
        controllerRef: { apiGroup: 'batch', kind: 'Job', name: 'j' },
        podGroupTemplates: [template('workers')],
      },
    ],
    ['nothing', {}, `${templates}: Required value: must have at least one item`],
    [
      'too many templates',
      { podGroupTemplates: Array.from({ length: 9 }, (_, i) => template(`t${i}`)) },
      `${templates}: Too many: 9: must have at most 8 items`,
    ],
    [
      'templates of one name, without a name, and without a policy',
      { podGroupTemplates: [template('a'), template('a'), template(''), { name: 'b' }] },
      `${templates}[1]: Duplicate value: {"name":"a"}`,
      `${templates}[2].name: Required value`,
      `${templates}[3].schedulingPolicy: Invalid value: "": must specify one of: \`basic\`, \`gang\``,
    ],
    [
      'an owner that cannot be',
      {
        controllerRef: { apiGroup: 'core', kind: 'a/b', name: '' },
        podGroupTemplates: [template('a')],
      },
      `spec.controllerRef.kind: Invalid value: "a/b": may not contain '/'`,
      'spec.controllerRef.name: Required value',
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(workloads.validate?.(workloadOf(spec))), [...expected]);
    });
  }

  it('let pods of their groups be disrupted one by one, unless they say otherwise', () => {
    const given = makeWorkload('a', [
      template('b'),
      { ...template('c'), disruptionMode: 'PodGroup', priorityClassName: 'high' },
    ]);
    const known = workloads.defaults!(given);
    assert.deepEqual(
      known.spec.podGroupTemplates.map(({ disruptionMode }) => disruptionMode),
      ['Pod', 'PodGroup'],
    );
    assert.deepEqual(texts(workloads.validate?.(known)), []);
    const odd = { ...template('b'), disruptionMode: 'Some', priorityClassName: 'a/b' };
    assert.deepEqual(
      (workloads.validate?.(makeWorkload('a', [odd])) ?? []).map(({ field }) => field),
      [`${templates}[0].disruptionMode`, `${templates}[0].priorityClassName`],
    );
  });

  it('cannot become others', () => {
    const old = makeWorkload('a', [template('b')]);
    const next = workloadOf({
      controllerRef: { kind: 'Pod', name: 'p' },
      podGroupTemplates: [template('c')],
    });
    assert.deepEqual(
      (workloads.validateUpdate?.(next, old) ?? []).map(({ field }) => field),
      ['spec.controllerRef', templates],
    );
  });

  it('say which fields their templates do not keep', () => {
    const warnings: string[] = [];
    const context = {
      ...{ now: 0, user: { name: 'u', groups: [] } },
      warn: (text: string) => void warnings.push(text),
    };
    const given = makeWorkload('a', [template('b'), { ...template('c'), resourceClaims: [] }]);
    const kept = workloads.prepareForCreate?.(given, context);
    assert.deepEqual(kept?.spec.podGroupTemplates, [template('b'), template('c')]);
    assert.deepEqual(warnings, [
      'spec.podGroupTemplates[1].resourceClaims: dropped: it has no effect in this cluster',
    ]);
  });
});
