import assert from 'node:assert/strict';
import { isForbidden, StatusError } from '@berth/api';
import type { Status } from '@berth/api';
import { silentLogger } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createFakeClock } from '@berth/component-base/testing';
import type { Attributes } from '../authorization/attributes.ts';
import { createChain } from '../chain.ts';
import { Lifetime } from '../lifetime.ts';
import type { Handler, UserInfo } from '../request.ts';
import { jsonResponse } from '../response.ts';
import { makeContext, readJson } from '../testing/context.ts';
import { authorization } from './authorization.ts';
import { createDeadline } from './deadline.ts';
import { impersonation } from './impersonation.ts';
import { createRequestMetrics } from './request-metrics.ts';

const ok: Handler = async ({ user }) => jsonResponse(200, user);
const never: Handler = ({ lifetime }) =>
  new Promise((_resolve, reject) => lifetime.onEnd(() => reject(new Error('aborted'))));

const chainOf = (handler: Handler, over: Partial<Parameters<typeof createChain>[0]> = {}) =>
  createChain(
    {
      logger: silentLogger,
      newUid: () => 'audit-1',
      authenticate: async () => ({ name: 'jane', groups: [] }),
      wrappers: [],
      filters: [],
      ...over,
    },
    handler,
  );

const send = (chain: ReturnType<typeof createChain>, method: string, path: string) =>
  chain({
    request: { method, path, headers: {} },
    peer: { kind: 'connection' },
    lifetime: new Lifetime(),
  });

describe('the chain of a request', () => {
  it('hides what a stranger threw from the client and tells it to the log', async () => {
    const lines: unknown[] = [];
    const logger = {
      ...silentLogger,
      error: (_message: string, facts?: object) => lines.push(facts),
    };
    const chain = chainOf(() => Promise.reject(new Error('secret')), { logger });
    const { status, headers, body } = await send(chain, 'GET', '/api/v1/pods');
    const answer = await readJson<Status>(body);
    assert.equal(status, 500);
    assert.equal(answer.reason, 'InternalError');
    assert.ok(!JSON.stringify(answer).includes('secret'));
    assert.equal(headers['audit-id'], 'audit-1');
    assert.match(
      JSON.stringify(lines, (_key, value: unknown) =>
        value instanceof Error ? value.message : value,
      ),
      /secret/,
    );
  });

  it('answers a path that cannot be read with BadRequest', async () => {
    const { status } = await send(chainOf(ok), 'GET', '/api/%zz');
    assert.equal(status, 400);
  });

  it('adds each warning once', async () => {
    const chain = chainOf(async (context) => {
      for (const text of ['a "b"', 'a "b"', 'c']) context.warn(text);
      return jsonResponse(200, {});
    });
    const { headers } = await send(chain, 'GET', '/api/v1/pods');
    assert.equal(headers['warning'], '299 - "a \\"b\\"", 299 - "c"');
  });

  it('sends the retry header with a Status that asks to come back', async () => {
    const refusing: Handler = () =>
      Promise.reject(
        new StatusError({
          code: 429,
          reason: 'TooManyRequests',
          details: { retryAfterSeconds: 3 },
        }),
      );
    const { headers } = await send(chainOf(refusing), 'GET', '/api/v1/pods');
    assert.equal(headers['retry-after'], '3');
  });
});

describe('the deadline', () => {
  it('ends a request that takes too long, and tells the handler', async () => {
    const clock = createFakeClock();
    let aborted = false;
    const answer = createDeadline(clock, 60_000)(
      makeContext('GET', '/api/v1/pods'),
      async (context) => {
        context.lifetime.onEnd(() => (aborted = true));
        return never(context);
      },
    );
    const refused = assert.rejects(answer, (err) => {
      assert.ok(err instanceof StatusError);
      assert.equal(err.status.code, 504);
      return true;
    });
    await clock.advance(60_000);
    await refused;
    assert.ok(aborted);
    assert.equal(clock.pending(), 0);
  });

  it('lets the client ask for less, never for more', async () => {
    const clock = createFakeClock();
    const slow = (timeout: string) =>
      createDeadline(clock, 60_000)(makeContext('GET', `/api/v1/pods?timeout=${timeout}`), never);
    const short = assert.rejects(slow('1m30s'), StatusError);
    const shorter = assert.rejects(slow('1.5s'), StatusError);
    await clock.advance(1500);
    await shorter;
    await clock.advance(58_500);
    await short;
    await assert.rejects(slow('soon'), /invalid timeout/);
  });

  it('leaves watches alone', async () => {
    const clock = createFakeClock();
    await createDeadline(clock, 1)(makeContext('GET', '/api/v1/pods?watch=1'), ok);
    assert.equal(clock.pending(), 0);
  });
});

describe('authorization', () => {
  it('refuses with the words of the attempt', async () => {
    const filter = authorization(async () => ({ allowed: false, reason: 'because' }));
    await assert.rejects(filter(ok)(makeContext('GET', '/api/v1/namespaces/n/pods/p')), (err) => {
      assert.ok(isForbidden(err));
      assert.equal(
        err.status.message,
        'pods "p" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "n": because',
      );
      return true;
    });
  });
});

describe('impersonation', () => {
  const filterFor = (allow: (attributes: Attributes) => boolean) =>
    impersonation(async (attributes) => ({ allowed: allow(attributes), reason: '' }))(ok);
  const actAs = async (
    headers: Readonly<Record<string, string>>,
    allow = (_: Attributes) => true,
  ) => {
    const { body } = await filterFor(allow)(makeContext('GET', '/api/v1/pods', { headers }));
    return readJson<UserInfo>(body);
  };

  it('becomes the user with the groups that come by themselves', async () => {
    assert.deepEqual(await actAs({ 'impersonate-user': 'joe', 'impersonate-group': 'a, b\nc' }), {
      name: 'joe',
      groups: ['a, b', 'c', 'system:authenticated'],
    });
    assert.deepEqual(await actAs({ 'impersonate-user': 'system:serviceaccount:n:bot' }), {
      name: 'system:serviceaccount:n:bot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
    });
    assert.deepEqual(await actAs({ 'impersonate-user': 'system:anonymous' }), {
      name: 'system:anonymous',
      groups: ['system:unauthenticated'],
    });
  });

  it('asks for every name, group, uid and extra value that is claimed', async () => {
    const asked: string[] = [];
    await actAs(
      {
        'impersonate-user': 'joe',
        'impersonate-group': 'system:serviceaccounts',
        'impersonate-uid': '7',
        'impersonate-extra-example.com%2fscope': 'x',
      },
      ({ verb, group, resource, subresource, name }) => {
        asked.push([verb, group, resource, subresource, name].join('|'));
        return true;
      },
    );
    assert.deepEqual(asked, [
      'impersonate||users||joe',
      'impersonate||groups||system:serviceaccounts',
      'impersonate|authentication.k8s.io|uids||7',
      'impersonate|authentication.k8s.io|userextras|example.com/scope|x',
    ]);
  });

  it('refuses when one of them is not allowed, and groups without a user', async () => {
    const headers = { 'impersonate-user': 'joe', 'impersonate-group': 'system:masters' };
    await assert.rejects(
      actAs(headers, ({ resource }) => resource === 'users'),
      isForbidden,
    );
    await assert.rejects(actAs({ 'impersonate-group': 'a' }), /without impersonating a user/);
  });
});

describe('request metrics', () => {
  it('counts under upstream names, and keeps what clients make up out of the labels', async () => {
    const metrics = createMetrics();
    const record = createRequestMetrics({
      metrics,
      clock: createFakeClock(),
      isServed: ({ resource }) => resource === 'pods',
    });
    await record(makeContext('GET', '/api/v1/namespaces/n/pods'), ok);
    await record(makeContext('POST', '/api/v1/namespaces/n/made-up'), ok);
    const text = await metrics.text();
    assert.match(
      text,
      /apiserver_request_total\{verb="LIST",dry_run="",group="",version="v1",resource="pods",subresource="",scope="namespace",component="apiserver",code="200"\} 1/,
    );
    assert.match(text, /apiserver_request_duration_seconds_count\{verb="LIST"/);
    assert.doesNotMatch(text, /made-up/);
  });
});
