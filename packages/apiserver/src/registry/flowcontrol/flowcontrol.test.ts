import assert from 'node:assert/strict';
import { bootstrapFlowControl } from '../../bootstrap/flow-control.ts';
import { createBench } from '../testing/exchange.ts';
import type { Strategy } from '../strategy.ts';
import { flowSchemas } from './flow-schemas.ts';
import { priorityLevelConfigurations } from './priority-level-configurations.ts';

const root = '/apis/flowcontrol.apiserver.k8s.io/v1';
const bench = () =>
  createBench([flowSchemas, priorityLevelConfigurations] as unknown as readonly Strategy[]);
const merge = { 'content-type': 'application/merge-patch+json' };
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

const level = (name: string, spec: object) => ({ metadata: { name }, spec });
const limited = (rest: object = {}) => ({
  type: 'Limited',
  limited: { limitResponse: { type: 'Reject' }, ...rest },
});
const schema = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { priorityLevelConfiguration: { name: 'global-default' }, ...spec },
});

describe('priority level configurations', () => {
  it('get the defaults of upstream', async () => {
    const { call } = bench();
    const queuing = limited({ limitResponse: { type: 'Queue', queuing: {} } });
    const { status, json } = await call('POST', `${root}/prioritylevelconfigurations`, {
      body: level('a', queuing),
    });
    assert.equal(status, 201, json.message);
    assert.deepEqual(json.spec['limited'], {
      nominalConcurrencyShares: 30,
      lendablePercent: 0,
      limitResponse: {
        type: 'Queue',
        queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 },
      },
    });
    assert.equal(json.metadata.generation, 1);
  });

  const refused: readonly (readonly [string, object, string, string])[] = [
    ['a', { type: 'Exempt' }, 'spec.type', "type must be 'Exempt' if and only if name is 'exempt'"],
    ['a', { type: 'Limited' }, 'spec.limited', 'must not be empty when type is Limited'],
    ['a', limited({ lendablePercent: 101 }), 'spec.limited.lendablePercent', 'between 0 and 100'],
    [
      'a',
      limited({ limitResponse: { type: 'Queue', queuing: { queues: 128, handSize: 12 } } }),
      'spec.limited.limitResponse.queuing.handSize',
      'required entropy bits of deckSize 128 and handSize 12 should not be greater than 60',
    ],
    ['catch-all', limited(), 'spec', "spec of 'catch-all' must equal the fixed value"],
  ];
  for (const [name, spec, field, message] of refused) {
    it(`are refused: ${message}`, async () => {
      const body = level(name, spec);
      const { status, json } = await bench().call('POST', `${root}/prioritylevelconfigurations`, {
        body,
      });
      assert.equal(status, 422);
      const cause = json.details?.causes?.find((found) => found.field === field);
      assert.ok(cause?.message?.includes(message), JSON.stringify(json.details?.causes));
    });
  }
});

describe('flow schemas', () => {
  it('have a status of their own', async () => {
    const { call } = bench();
    const { json } = await call('POST', `${root}/flowschemas`, { body: schema('a') });
    assert.equal(json.spec['matchingPrecedence'], 1000);
    const conditions = [{ type: 'Dangling', status: 'True', reason: 'NotFound' }];
    const body = { spec: { matchingPrecedence: 5 }, status: { conditions } };
    const patched = await call('PATCH', `${root}/flowschemas/a/status`, { body, headers: merge });
    assert.equal(patched.json.spec['matchingPrecedence'], 1000);
    assert.deepEqual(patched.json.status['conditions'], conditions);
    const { json: shown } = await call('GET', `${root}/flowschemas`, { headers: table });
    const [, , , , , missing] = shown.rows[0]?.cells ?? [];
    assert.equal(missing, 'True');
    assert.deepEqual(shown.rows[0]?.cells.slice(0, 4), ['a', 'global-default', 1000, '<none>']);
  });

  it('say all that is wrong with them at once', async () => {
    const spec = {
      priorityLevelConfiguration: {},
      matchingPrecedence: 1,
      distinguisherMethod: { type: 'ByMood' },
      rules: [
        { subjects: [{ kind: 'User', group: { name: 'x' } }] },
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*' } }],
          resourceRules: [{ verbs: ['get', '*'], apiGroups: ['*'], resources: ['pods'] }],
          nonResourceRules: [{ verbs: ['fly'], nonResourceURLs: ['/a*b'] }],
        },
      ],
    };
    const { json } = await bench().call('POST', `${root}/flowschemas`, { body: schema('a', spec) });
    assert.deepEqual(
      json.details?.causes?.map(({ field }) => field),
      [
        'spec.matchingPrecedence',
        'spec.distinguisherMethod.type',
        'spec.priorityLevelConfiguration.name',
        'spec.rules[0].subjects[0].user',
        'spec.rules[0].subjects[0].group',
        'spec.rules[0]',
        'spec.rules[1].subjects[0].serviceAccount.namespace',
        'spec.rules[1].resourceRules[0].verbs',
        'spec.rules[1].resourceRules[0].namespaces',
        'spec.rules[1].nonResourceRules[0].verbs',
        'spec.rules[1].nonResourceRules[0].nonResourceURLs[0]',
      ],
    );
  });
});

describe('the objects of every cluster', () => {
  it('are valid, and repaired unless somebody claimed them', async () => {
    const { call, registry } = bench();
    await bootstrapFlowControl(registry);
    const { json } = await call('GET', `${root}/flowschemas`);
    assert.equal(json.items.length, 13);
    const change = async (name: string, autoupdate: string) => {
      const annotations = { 'apf.kubernetes.io/autoupdate-spec': autoupdate };
      const body = { metadata: { annotations }, spec: { matchingPrecedence: 77 } };
      await call('PATCH', `${root}/flowschemas/${name}`, { body, headers: merge });
    };
    await change('global-default', 'true');
    await change('service-accounts', 'false');
    await bootstrapFlowControl(registry);
    const precedence = async (name: string) =>
      (await call('GET', `${root}/flowschemas/${name}`)).json.spec['matchingPrecedence'];
    assert.equal(await precedence('global-default'), 9900);
    assert.equal(await precedence('service-accounts'), 77);
  });
});
