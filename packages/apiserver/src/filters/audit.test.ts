import assert from 'node:assert/strict';
import { defaultAdmission } from '../admission/index.ts';
import { systemClock } from '@berth/component-base';
import { parseAuditPolicy } from '../audit/policy.ts';
import { Lifetime } from '../lifetime.ts';
import { readText } from '../testing/context.ts';
import { startApiServer } from '../testing/index.ts';
import type { TestServer } from '../testing/index.ts';

interface Recorded {
  readonly [field: string]: unknown;
  readonly stage: string;
  readonly level: string;
  readonly requestURI: string;
  readonly auditID: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly responseStatus?: { readonly code: number; readonly reason?: string };
}

const policy = parseAuditPolicy(`
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    resources: [{group: "", resources: [secrets]}]
  - level: RequestResponse
    omitManagedFields: true
    users: [jane]
    omitStages: [RequestReceived]
  - level: Request
    users: [kubernetes-admin]
    omitStages: [RequestReceived]
    verbs: [create, patch, delete, watch]
`);

describe('the audit filter', () => {
  let api: TestServer;
  let events: Recorded[];

  before(async () => {
    events = [];
    const sink = {
      write: (event: object) => Promise.resolve(void events.push(event as Recorded)),
      close: () => Promise.resolve(),
    };
    let uids = 0;
    const newUid = () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`;
    api = await startApiServer({
      audit: { policy, sink },
      newUid,
      admission: defaultAdmission({ clock: systemClock, random: Math.random, newUid }),
    });
    await call('POST', '/api/v1/namespaces', {
      metadata: { name: 'a', labels: { 'pod-security.kubernetes.io/audit': 'restricted' } },
    });
    await call('POST', '/api/v1/namespaces/a/serviceaccounts', { metadata: { name: 'default' } });
  });
  after(() => api.close());
  beforeEach(() => void events.splice(0));

  const jane = { name: 'jane', groups: ['system:masters', 'system:authenticated'] };

  async function call(
    method: string,
    path: string,
    body?: object,
    { headers = {}, by = api.transport }: { headers?: object; by?: TestServer['transport'] } = {},
  ) {
    const response = await by({
      method,
      path,
      headers: { 'user-agent': 'test/v1', ...headers },
      ...(body && { body: Buffer.from(JSON.stringify(body)) }),
    });
    return { ...response, text: await readText(response.body) };
  }

  it('records who asked for what, and how it ended', async () => {
    const { headers } = await call('POST', '/api/v1/namespaces/a/configmaps', {
      metadata: { name: 'one' },
      data: { key: 'value' },
    });
    const [{ requestReceivedTimestamp, stageTimestamp, ...event } = assert.fail(), ...others] =
      events;
    assert.deepEqual(others, []);
    assert.match(String(requestReceivedTimestamp), /^\d{4}-.*\.\d{6}Z$/);
    assert.ok(String(stageTimestamp) >= String(requestReceivedTimestamp));
    assert.deepEqual(event, {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Request',
      auditID: headers['audit-id'],
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/a/configmaps',
      verb: 'create',
      user: {
        username: 'kubernetes-admin',
        groups: ['system:masters', 'system:authenticated'],
      },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test/v1',
      objectRef: { resource: 'configmaps', namespace: 'a', name: 'one', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'one' },
        data: { key: 'value' },
      },
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': '',
      },
    });
  });

  it('never holds what is secret where only metadata are asked for', async () => {
    const secrets = '/api/v1/namespaces/a/secrets';
    await call('POST', secrets, { metadata: { name: 's' }, stringData: { key: 'hush' } });
    const type = { headers: { 'content-type': 'application/merge-patch+json' } };
    await call('PATCH', `${secrets}/s`, { stringData: { key: 'hushhush' } }, type);
    await call('GET', `${secrets}/s`);
    await call('GET', secrets);
    await call('POST', secrets, { metadata: { name: 's' }, stringData: { key: 'hush' } });
    assert.equal(events.length, 10);
    assert.doesNotMatch(JSON.stringify(events), /hush|aHVza/);
    assert.deepEqual(
      events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]).slice(-2),
      [
        ['RequestReceived', undefined],
        ['ResponseComplete', 409],
      ],
    );
    assert.deepEqual(events.at(-1)?.responseStatus, {
      metadata: {},
      status: 'Failure',
      message: 'secrets "s" already exists',
      reason: 'AlreadyExists',
      details: { name: 's', kind: 'secrets' },
      code: 409,
    });
  });

  it('holds answers, lists among them, without the managers of fields where it shall', async () => {
    const by = api.as(jane);
    await call('GET', '/api/v1/namespaces/a/configmaps', undefined, { by });
    const { text } = await call('DELETE', '/api/v1/namespaces/a/configmaps/one', undefined, { by });
    assert.match(text, /Success/);
    const [listed, deleted] = events as (Recorded & {
      readonly responseObject: { readonly kind: string; readonly items: readonly object[] };
    })[];
    assert.equal(listed?.responseObject.kind, 'ConfigMapList');
    assert.ok(listed.responseObject.items.length > 0);
    assert.doesNotMatch(JSON.stringify(listed), /managedFields/);
    assert.equal(deleted?.responseStatus?.code, 200);
    assert.equal(deleted.responseObject.kind, 'Status');
  });

  it('tells of a watch when it begins and when it ends', async () => {
    const stop = new AbortController();
    const path = '/api/v1/namespaces/a/configmaps?watch=true';
    const { body } = await api.transport({ method: 'GET', path, headers: {} }, stop.signal);
    assert.deepEqual(
      events.map(({ stage }) => stage),
      ['ResponseStarted'],
    );
    stop.abort();
    await readText(body);
    assert.deepEqual(
      events.map(({ stage }) => stage),
      ['ResponseStarted', 'ResponseComplete'],
    );
  });

  it('names both users of an impersonation, and refusals', async () => {
    const headers = { 'impersonate-user': 'bob', 'impersonate-group': 'dev' };
    const maps = '/api/v1/namespaces/a/configmaps';
    await call('POST', maps, { metadata: { name: 'x' } }, { headers });
    const [event] = events;
    assert.deepEqual(event?.['impersonatedUser'], {
      username: 'bob',
      groups: ['dev', 'system:authenticated'],
    });
    assert.equal(event.responseStatus?.code, 403);
    assert.equal(event.annotations?.['authorization.k8s.io/decision'], 'forbid');
    assert.equal(event['requestObject'], undefined);
  });

  it('tells of those who could not show who they are, and where they came from', async () => {
    const { status } = await api.server.handle({
      request: {
        method: 'GET',
        path: '/api/v1/namespaces/a/secrets',
        headers: { authorization: 'Bearer stolen', 'x-forwarded-for': '10.9.9.9, what' },
      },
      peer: { kind: 'connection', address: '::ffff:10.0.0.9' },
      lifetime: new Lifetime(),
    });
    assert.equal(status, 401);
    const [event] = events;
    assert.deepEqual(event?.['sourceIPs'], ['10.9.9.9', '10.0.0.9']);
    assert.deepEqual(event['user'], {});
    assert.deepEqual(event.responseStatus?.code, 401);
    assert.doesNotMatch(JSON.stringify(events), /stolen/);
  });

  it('holds what admission has to say', async () => {
    await call('POST', '/api/v1/namespaces/a/pods', {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'main', image: 'x' }] },
    });
    const annotations = events[0]?.annotations ?? {};
    assert.equal(annotations['pod-security.kubernetes.io/enforce-policy'], 'privileged:latest');
    assert.match(
      annotations['pod-security.kubernetes.io/audit-violations'] ?? '',
      /^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation/,
    );
    const admission = '/apis/admissionregistration.k8s.io/v1';
    await call('POST', `${admission}/validatingadmissionpolicies`, {
      metadata: { name: 'few' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { operations: ['*'], apiGroups: [''], apiVersions: ['*'], resources: ['configmaps'] },
          ],
        },
        validations: [{ expression: 'object.data.size() < 2', message: 'too many' }],
        auditAnnotations: [{ key: 'size', valueExpression: 'string(object.data.size())' }],
      },
    });
    await call('POST', `${admission}/validatingadmissionpolicybindings`, {
      metadata: { name: 'few-here' },
      spec: { policyName: 'few', validationActions: ['Audit'] },
    });
    events.splice(0);
    const maps = '/api/v1/namespaces/a/configmaps';
    await call('POST', maps, { metadata: { name: 'many' }, data: { a: '1', b: '2' } });
    const noted = events[0]?.annotations ?? {};
    assert.equal(noted['few/size'], '2');
    const failures = noted['validation.policy.admission.k8s.io/validation_failure'] ?? '[]';
    assert.deepEqual(JSON.parse(failures), [
      {
        message: 'too many',
        policy: 'few',
        binding: 'few-here',
        expressionIndex: 0,
        validationActions: ['Audit'],
      },
    ]);
  });
});
