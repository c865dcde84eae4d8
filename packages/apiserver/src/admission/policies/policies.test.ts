import assert from 'node:assert/strict';
import { strategies } from '../../registry/index.ts';
import { createBench } from '../../registry/testing/exchange.ts';
import type { Answer, Bench } from '../../registry/testing/exchange.ts';
import { mutatingPolicies } from './mutating-policies.ts';
import { validatingPolicies } from './validating-policies.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const deployment = (name: string, replicas: number, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
});

const rules = [
  {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    resources: ['deployments'],
    operations: ['CREATE', 'UPDATE'],
  },
];

describe('admission policies', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = createBench(strategies, {
      admission: (reads) => [mutatingPolicies(reads), validatingPolicies(reads)],
    });
    await create('/api/v1/namespaces', { metadata: { name: 'default', labels: { team: 'a' } } });
  });
  afterEach(() => bench.registry.close());

  const post = (path: string, body: unknown) => bench.call('POST', path, { body });
  async function create(path: string, body: unknown): Promise<Answer> {
    const answer = await post(path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer;
  }

  describe('that validate', () => {
    const policies = `${group}/validatingadmissionpolicies`;
    const bindings = `${group}/validatingadmissionpolicybindings`;

    const policy = async (spec: object, binding: object = {}) => {
      const constraints = {
        resourceRules: rules,
        namespaceSelector: { matchLabels: { team: 'a' } },
      };
      const metadata = { name: 'p' };
      await create(policies, { metadata, spec: { matchConstraints: constraints, ...spec } });
      await create(bindings, {
        metadata: { name: 'b' },
        spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
      });
    };

    it('refuse what they are against, with the message of the expression where there is one', async () => {
      await policy({
        validations: [
          {
            expression: 'object.spec.replicas > 1',
            messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)",
          },
        ],
      });
      const { status, json } = await post(deployments, deployment('one', 1));
      assert.equal(status, 422);
      assert.equal(json.reason, 'Invalid');
      assert.equal(
        json.message,
        "deployments.apps \"one\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: wants replicas > 1, got 1",
      );
      await create(deployments, deployment('two', 2));
      await create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'other' } });
    });

    it('fall back to the expression when its message fails', async () => {
      await policy({
        validations: [
          {
            expression: 'object.spec.replicas > 1',
            messageExpression: "'wants replicas > 1, got ' + object.spec.replicas",
          },
        ],
      });
      const { json } = await post(deployments, deployment('one', 1));
      assert.match(json.message, /denied request: failed expression: object.spec.replicas > 1$/);
    });

    it('use variables that build on one another', async () => {
      await policy({
        variables: [
          { name: 'replicas', expression: 'object.spec.replicas' },
          { name: 'isReplicated', expression: 'variables.replicas > 1' },
          { name: 'unused', expression: 'object.spec.nothing' },
        ],
        validations: [
          { expression: 'variables.isReplicated', reason: 'Forbidden', message: 'few' },
        ],
      });
      const { status, json } = await post(deployments, deployment('one', 1));
      assert.equal(status, 403);
      assert.match(json.message, /denied request: few$/);
      await create(deployments, deployment('two', 2));
    });

    it('are asked only when their conditions are met, and fail as they say', async () => {
      await policy({
        matchConditions: [{ name: 'not-mine', expression: "request.name != 'mine'" }],
        validations: [{ expression: 'object.spec.nothing == 1' }],
      });
      await create(deployments, deployment('mine', 1));
      const { json } = await post(deployments, deployment('other', 1));
      assert.match(
        json.message,
        /expression 'object.spec.nothing == 1' resulted in error: no such key: nothing$/,
      );
    });

    it('let through what they cannot judge when told to', async () => {
      await policy({
        failurePolicy: 'Ignore',
        validations: [{ expression: 'object.spec.nothing == 1' }],
      });
      await create(deployments, deployment('other', 1));
    });

    it('see old objects, the namespace and who asks', async () => {
      await policy({
        validations: [
          {
            expression:
              "request.operation == 'CREATE' || oldObject.spec.replicas <= object.spec.replicas",
          },
          {
            expression:
              "namespaceObject.metadata.labels.team == 'a' && request.userInfo.username != ''",
          },
        ],
      });
      const made = await create(deployments, deployment('one', 3));
      const body = { ...made.json, spec: { ...(made.json.spec as object), replicas: 2 } };
      const { status } = await bench.call('PUT', `${deployments}/one`, { body });
      assert.equal(status, 422);
    });

    it('are refused when their expressions are none', async () => {
      const { status, json } = await post(policies, {
        metadata: { name: 'p' },
        spec: {
          matchConstraints: { resourceRules: rules },
          validations: [{ expression: 'object.spec.replicas >' }, { expression: 'objct.spec' }],
        },
      });
      assert.equal(status, 422);
      assert.deepEqual(
        json.details?.causes?.map(({ field }) => field),
        ['spec.validations[0].expression', 'spec.validations[1].expression'],
      );
      assert.match(
        json.message,
        /compilation failed: ERROR: <input>:1:1: undeclared reference to 'objct'/,
      );
    });

    it('take parameters', async () => {
      await policy(
        {
          paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
          validations: [{ expression: 'object.spec.replicas <= int(params.data.max)' }],
        },
        { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
      );
      const missing = await post(deployments, deployment('one', 1));
      assert.match(missing.json.message, /no params found for policy binding with `Deny`/);
      await create('/api/v1/namespaces/default/configmaps', {
        metadata: { name: 'limits' },
        data: { max: '2' },
      });
      await create(deployments, deployment('two', 2));
      assert.equal((await post(deployments, deployment('three', 3))).status, 422);
    });
  });

  describe('that mutate', () => {
    const policy = async (spec: object) => {
      await create(`${group}/mutatingadmissionpolicies`, {
        metadata: { name: 'p' },
        spec: { matchConstraints: { resourceRules: rules }, reinvocationPolicy: 'Never', ...spec },
      });
      await create(`${group}/mutatingadmissionpolicybindings`, {
        metadata: { name: 'b' },
        spec: { policyName: 'p' },
      });
    };
    const apply = (expression: string) => ({
      patchType: 'ApplyConfiguration',
      applyConfiguration: { expression },
    });

    it('apply configurations over the object', async () => {
      await policy({
        mutations: [
          apply(
            'Object{ spec: Object.spec{ replicas: object.spec.replicas > 1 ? object.spec.replicas : 2,' +
              ' template: Object.spec.template{ spec: Object.spec.template.spec{' +
              ' initContainers: [Object.spec.template.spec.initContainers{ name: "i", image: "a:{b}" }] } } } }',
          ),
          apply('Object{ metadata: Object.metadata{ annotations: {"by": request.operation} } }'),
        ],
      });
      const { json } = await create(deployments, deployment('one', 1, { labels: { a: 'b' } }));
      const { spec, metadata } = json as unknown as {
        readonly metadata: { readonly annotations: object; readonly labels: object };
        readonly spec: {
          readonly replicas: number;
          readonly template: {
            readonly spec: Record<'containers' | 'initContainers', { image: string }[]>;
          };
        };
      };
      assert.equal(spec.replicas, 2);
      assert.deepEqual(
        [...spec.template.spec.initContainers, ...spec.template.spec.containers].map(
          (c) => c.image,
        ),
        ['a:{b}', 'i'],
      );
      assert.deepEqual(metadata.labels, { a: 'b' });
      assert.deepEqual(metadata.annotations, { by: 'CREATE' });
    });

    it('apply patches', async () => {
      await policy({
        variables: [
          { name: 'path', expression: "'/metadata/labels/' + jsonpatch.escapeKey('x/y')" },
        ],
        matchConditions: [{ name: 'unlabelled', expression: '!has(object.metadata.labels)' }],
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression:
                '[JSONPatch{op: "add", path: "/metadata/labels", value: {}},' +
                ' JSONPatch{op: "add", path: variables.path, value: "z"}]',
            },
          },
        ],
      });
      const { json } = await create(deployments, deployment('one', 1));
      assert.deepEqual(json.metadata.labels, { 'x/y': 'z' });
      const labelled = await create(deployments, deployment('two', 1, { labels: { a: 'b' } }));
      assert.deepEqual(labelled.json.metadata.labels, { a: 'b' });
    });

    it('refuse the write when they fail', async () => {
      await policy({ mutations: [apply('Object{ spec: object.nothing }')] });
      const { json, status } = await post(deployments, deployment('one', 1));
      assert.equal(status, 422);
      assert.match(
        json.message,
        /policy 'p' with binding 'b' denied request: .*no such key: nothing/,
      );
    });
  });
});
