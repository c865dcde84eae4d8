import assert from 'node:assert/strict';
import type { Deployment, DeploymentSpec, FieldError, ReplicaSet } from '@berth/api';
import { createdAt, makeDeployment, makeReplicaSet } from '@berth/api/testing';
import { deployments } from './deployments.ts';
import { replicaSets } from './replica-sets.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const complete = (deployment: Deployment) => deployments.defaults?.(deployment) ?? deployment;
const completeSet = (set: ReplicaSet) => replicaSets.defaults?.(set) ?? set;

const selector = { matchLabels: { app: 'a' } };
const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'main', image: 'i:1' }] },
};
const deploymentOf = (spec: Partial<DeploymentSpec>): Deployment => ({
  ...makeDeployment('a'),
  spec: { selector, template, ...spec },
});

describe('deployments', () => {
  it('get what upstream gives them', () => {
    const { template: completed, ...spec } = complete(deploymentOf({})).spec;
    assert.deepEqual(spec, {
      selector,
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
      },
    });
    assert.equal(completed.spec?.restartPolicy, 'Always');
    assert.equal(completed.spec.enableServiceLinks, undefined);
    const half = complete(deploymentOf({ strategy: { rollingUpdate: { maxSurge: 0 } } }));
    assert.deepEqual(half.spec.strategy?.rollingUpdate, { maxUnavailable: '25%', maxSurge: 0 });
  });

  const mismatch =
    'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`';
  const cases: readonly (readonly [string, Partial<DeploymentSpec>, ...(readonly string[])])[] = [
    ['an ordinary deployment', {}],
    ['another selector', { selector: { matchLabels: { app: 'b' } } }, mismatch],
    ['no selector', { selector: undefined as never }, 'spec.selector: Required value', mismatch],
    [
      'an empty selector',
      { selector: {} },
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      'a selector without sense',
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"In"}]}: invalid label selector',
    ],
    [
      'negative numbers',
      { replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1 },
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a deadline before a pod can be available',
      { minReadySeconds: 10, progressDeadlineSeconds: 10 },
      'spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds',
    ],
    [
      'a rollout that cannot move',
      { strategy: { rollingUpdate: { maxSurge: '0%', maxUnavailable: 0 } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'shares of more than all',
      { strategy: { rollingUpdate: { maxSurge: 'all', maxUnavailable: '101%' } } },
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"all\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      'a rolling update of what is recreated',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'an unknown strategy',
      { strategy: { type: 'Canary' } },
      'spec.strategy.type: Unsupported value: "Canary": supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'pods that end',
      {
        template: {
          ...template,
          spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 1 },
        },
      },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
    [
      'labels that are none',
      { template: { ...template, metadata: { labels: { app: 'a', b: 'x y' } } } },
      `spec.template.labels: Invalid value: "x y": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ];
  for (const [name, spec, ...expected] of cases) {
    it(`${expected.length ? 'refuse' : 'take'} ${name}`, () => {
      assert.deepEqual(texts(deployments.validate?.(complete(deploymentOf(spec)))), expected);
    });
  }

  it('keep their selector', () => {
    const old = complete(deploymentOf({}));
    const other = {
      matchLabels: { app: 'a' },
      matchExpressions: [{ key: 'app', operator: 'Exists' }],
    };
    const changed = complete(deploymentOf({ selector: other }));
    assert.deepEqual(texts(deployments.validateUpdate?.(changed, old)), [
      `spec.selector: Invalid value: ${JSON.stringify(other)}: field is immutable`,
    ]);
  });

  it('count no more than there are', () => {
    const old = { ...makeDeployment('a'), status: { collisionCount: 2 } };
    const counted = {
      ...old,
      status: { replicas: 1, readyReplicas: 2, availableReplicas: -1, collisionCount: 1 },
    };
    assert.deepEqual(texts(deployments.status?.validateUpdate?.(counted, old)), [
      'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });

  it('have a new generation when their spec or an annotation changes', () => {
    const of = (deployment: Deployment) => deployments.generationOf?.(deployment);
    const [plain] = [makeDeployment('a')];
    const noted = { ...plain, metadata: { ...plain.metadata, annotations: { a: '1' } } };
    const counted = { ...plain, status: { replicas: 9 } };
    assert.notDeepEqual(of(noted), of(plain));
    assert.deepEqual(of(counted), of(plain));
  });

  it('can be scaled', () => {
    const { scale } = deployments;
    const scaled = scale?.withReplicas(deploymentOf({}), 5);
    assert.equal(scaled?.spec.replicas, 5);
    assert.equal(scale?.selector(deploymentOf({})), 'app=a');
  });

  it('are shown as kubectl shows them', () => {
    const now = Date.parse(createdAt) + 86_400_000 * 3;
    const deployment = {
      ...complete(deploymentOf({ replicas: 3 })),
      status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
    };
    assert.deepEqual(
      deployments.columns.map(({ cell }) => cell(deployment, now)),
      ['a', '1/3', 2, 1, '3d', 'main', 'i:1', 'app=a'],
    );
  });

  it('warn of their template only when it is new', () => {
    const odd = complete(
      deploymentOf({
        template: {
          ...template,
          spec: { ...template.spec, nodeSelector: { 'beta.kubernetes.io/arch': 'x' } },
        },
      }),
    );
    assert.deepEqual(deployments.warnings?.(odd, undefined), [
      'spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead',
    ]);
    assert.deepEqual(deployments.warnings(odd, odd), []);
  });
});

describe('replica sets', () => {
  const setOf = (spec: Partial<ReplicaSet['spec']>): ReplicaSet =>
    completeSet({ ...makeReplicaSet('a'), spec: { selector, template, ...spec } });

  it('have one pod and no status to begin with', () => {
    const set = setOf({});
    assert.equal(set.spec.replicas, 1);
    const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };
    assert.deepEqual(
      replicaSets.prepareForCreate?.({ ...set, status: { replicas: 7 } }, context).status,
      { replicas: 0 },
    );
  });

  it('refuse another selector, and to change it', () => {
    const other = setOf({ selector: { matchLabels: { app: 'b' } } });
    assert.deepEqual(texts(replicaSets.validateUpdate?.(other, setOf({}))), [
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ]);
  });

  it('are shown as kubectl shows them', () => {
    const set = { ...setOf({ replicas: 2 }), status: { replicas: 2, readyReplicas: 1 } };
    const now = Date.parse(createdAt);
    assert.deepEqual(
      replicaSets.columns.map(({ cell }) => cell(set, now)),
      ['a', 2, 2, 1, '0s', 'main', 'i:1', 'app=a'],
    );
  });
});
