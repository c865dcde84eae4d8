import assert from 'node:assert/strict';
import type { FieldError, PodGroup, PodGroupSpec } from '@berth/api';
import { makePodGroup } from '@berth/api/testing';
import { podGroups } from './pod-groups.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const groupOf = (spec: object): PodGroup => ({
  ...makePodGroup('a', 1),
  spec: spec as PodGroupSpec,
});
const gang = (minCount: number) => ({ schedulingPolicy: { gang: { minCount } } });
const user = { name: 'u', groups: [] };
const contextOf = (warnings: string[]) => ({
  ...{ now: 0, user },
  warn: (text: string) => void warnings.push(text),
});

describe('pod groups', () => {
  const cases: readonly (readonly [string, object, ...(readonly string[])])[] = [
    ['a gang', gang(1)],
    ['pods by themselves', { schedulingPolicy: { basic: {} } }],
    [
      'nothing',
      {},
      'spec.schedulingPolicy: Invalid value: "": must specify one of: `basic`, `gang`',
    ],
    [
      'two policies',
      { schedulingPolicy: { basic: {}, gang: { minCount: 1 } } },
      'spec.schedulingPolicy: Invalid value: "{basic, gang}": exactly one of `basic`, `gang` is required, but multiple fields are set',
    ],
    ['a gang of none', gang(0), 'spec.schedulingPolicy.gang.minCount: Required value'],
    [
      'a gang of less than none',
      gang(-1),
      'spec.schedulingPolicy.gang.minCount: Invalid value: -1: must be greater than or equal to 1',
    ],
    [
      'a template of a workload',
      {
        ...gang(1),
        podGroupTemplateRef: { workload: { workloadName: 'a.b', podGroupTemplateName: 'c' } },
      },
    ],
    [
      'a template of nothing',
      { ...gang(1), podGroupTemplateRef: {} },
      'spec.podGroupTemplateRef: Invalid value: "": must specify one of: `workload`',
    ],
    [
      'a template without names',
      { ...gang(1), podGroupTemplateRef: { workload: { podGroupTemplateName: '' } } },
      'spec.podGroupTemplateRef.workload.workloadName: Required value',
      'spec.podGroupTemplateRef.workload.podGroupTemplateName: Required value',
    ],
    [
      'names that cannot be',
      {
        ...gang(1),
        podGroupTemplateRef: { workload: { workloadName: 'a/b', podGroupTemplateName: 'c.d' } },
      },
      "spec.podGroupTemplateRef.workload.workloadName: Invalid value: \"a/b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.podGroupTemplateRef.workload.podGroupTemplateName: Invalid value: "c.d": must not contain dots',
    ],
    [
      'a way to be disrupted that there is not, and a priority class that cannot be',
      { ...gang(1), disruptionMode: 'All', priorityClassName: 'A' },
      'spec.disruptionMode: Unsupported value: "All": supported values: "Pod", "PodGroup"',
      "spec.priorityClassName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`with ${name}`, () => {
      assert.deepEqual(texts(podGroups.validate?.(groupOf(spec))), [...expected]);
    });
  }

  it('let their pods be disrupted one by one, unless they say otherwise', () => {
    const modes = [gang(1), { ...gang(1), disruptionMode: 'PodGroup' }].map(
      (spec) => podGroups.defaults!(groupOf(spec)).spec.disruptionMode,
    );
    assert.deepEqual(modes, ['Pod', 'PodGroup']);
  });

  it('cannot become others', () => {
    const workload = { workloadName: 'a', podGroupTemplateName: 'b' };
    const old = groupOf(gang(1));
    const next = groupOf({
      ...gang(2),
      podGroupTemplateRef: { workload },
      ...{ disruptionMode: 'PodGroup', priorityClassName: 'high', priority: 5 },
    });
    assert.deepEqual(
      (podGroups.validateUpdate?.(next, old) ?? []).map(({ field, detail }) => [
        field,
        /: field is immutable$/.test(detail),
      ]),
      [
        ['spec.podGroupTemplateRef', true],
        ['spec.schedulingPolicy', true],
        ['spec.disruptionMode', true],
        ['spec.priorityClassName', true],
        ['spec.priority', true],
      ],
    );
    assert.deepEqual(podGroups.validateUpdate?.(old, old), []);
  });

  it('start without a status, and keep theirs when something else is written', () => {
    const scheduled = {
      ...{ type: 'PodGroupScheduled', status: 'True', reason: 'Scheduled', message: '' },
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = { conditions: [scheduled] };
    const group = makePodGroup('a', 2, { status });
    assert.equal(podGroups.prepareForCreate?.(group, contextOf([])).status, undefined);
    const bare = makePodGroup('a', 2);
    assert.deepEqual(podGroups.prepareForUpdate?.(bare, group, contextOf([])).status, status);
    assert.deepEqual(podGroups.status?.validateUpdate?.(group, bare), []);
    const bad = makePodGroup('a', 2, {
      status: { conditions: [{ ...scheduled, status: 'Perhaps' }] },
    });
    assert.deepEqual(texts(podGroups.status.validateUpdate(bad, bare)), [
      'status.conditions[0].status: Unsupported value: "Perhaps": supported values: "False", "True", "Unknown"',
    ]);
  });

  it('say which fields they do not keep', () => {
    const warnings: string[] = [];
    const group = groupOf({
      ...gang(2),
      resourceClaims: [],
      schedulingConstraints: { topology: [{ key: 'rack' }] },
    });
    assert.deepEqual(podGroups.prepareForCreate?.(group, contextOf(warnings)).spec, gang(2));
    assert.deepEqual(warnings, [
      'spec.schedulingConstraints: dropped: it has no effect in this cluster',
      'spec.resourceClaims: dropped: it has no effect in this cluster',
    ]);
  });
});
