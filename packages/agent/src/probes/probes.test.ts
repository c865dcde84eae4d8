import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

import { createFakeClock } from '@berth/component-base/testing';
import { CriError } from '@berth/cri';
import fc from 'fast-check';

import { createFakeCri } from '../testing/index.ts';
import { probeExec } from './exec.ts';
import { probeGrpc } from './grpc.ts';
import { probeHttp } from './http.ts';
import { portOf } from './probe-runner.ts';
import { hasTurn, initialState, observe } from './probe-state.ts';
import type { Outcome, ProbeKind, ProbeState } from './probe-state.ts';
import { probeTcp } from './tcp.ts';

const never = new AbortController().signal;
const host = '127.0.0.1';

describe('probe states', () => {
  const after = (kind: ProbeKind, spec: object, ...outcomes: Outcome[]): ProbeState =>
    outcomes.reduce((state, outcome) => observe(state, kind, spec, outcome), initialState(kind));

  it('turn when enough runs in a row agree', () => {
    const spec = { failureThreshold: 2, successThreshold: 2 };
    assert.equal(after('readiness', spec, 'success').verdict, 'failure');
    assert.equal(after('readiness', spec, 'success', 'failure', 'success').verdict, 'failure');
    const ready = ['success', 'success'] as const;
    assert.equal(after('readiness', spec, ...ready).verdict, 'success');
    assert.equal(after('readiness', spec, ...ready, 'failure').verdict, 'success');
    assert.equal(after('readiness', spec, ...ready, 'failure', 'failure').verdict, 'failure');
  });

  it('begin alive, not ready, and not yet started', () => {
    assert.deepEqual(
      (['liveness', 'readiness', 'startup'] as const).map((kind) => initialState(kind).verdict),
      ['success', 'failure', undefined],
    );
  });

  it('hold after a decision that ends the container or its start', () => {
    assert.equal(after('liveness', { failureThreshold: 1 }, 'failure').held, true);
    assert.equal(after('liveness', {}, 'success').held, false);
    assert.equal(after('startup', {}, 'success').held, true);
    assert.equal(after('readiness', { failureThreshold: 1 }, 'failure').held, false);
  });

  it('do not change for runs that say nothing', () => {
    const state = after('readiness', {}, 'success', 'failure');
    assert.deepEqual(observe(state, 'readiness', {}, 'unknown'), state);
  });

  it('let the startup probe go first', () => {
    assert.deepEqual(
      (['startup', 'liveness', 'readiness'] as const).map((kind) => [
        hasTurn(kind, false),
        hasTurn(kind, true),
      ]),
      [
        [true, false],
        [false, true],
        [false, true],
      ],
    );
  });

  it('never turn before the threshold', () => {
    const outcome = fc.constantFrom<Outcome>('success', 'failure');
    fc.assert(
      fc.property(fc.array(outcome), fc.integer({ min: 1, max: 5 }), (outcomes, threshold) => {
        const spec = { failureThreshold: threshold, successThreshold: threshold };
        const { verdict } = after('readiness', spec, ...outcomes);
        const runs = outcomes.join().match(new RegExp(`(?:success,?){${threshold}}`));
        assert.ok(verdict === 'failure' || runs);
      }),
    );
  });
});

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

describe('probeHttp', () => {
  let port: number;
  let seen: http.IncomingHttpHeaders = {};
  const server = http.createServer((request, response) => {
    seen = request.headers;
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    if (pathname === '/hang') return;
    if (pathname === '/away') response.writeHead(302, { location: 'http://example.com/' });
    else if (pathname === '/loop') response.writeHead(302, { location: '/loop' });
    else if (pathname === '/there') response.writeHead(301, { location: '/ok' });
    else if (pathname === '/big') response.write(Buffer.alloc(200_000));
    else response.writeHead(Number(pathname.slice(1)) || 200);
    response.end('body');
  });
  before(async () => void (port = await listening(server)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const probe = (path: string, more: object = {}, signal = never) =>
    probeHttp({ path, port, ...more }, { host, port }, signal);

  it('takes 200 to 399 for success', async () => {
    assert.deepEqual(await probe('/204'), { outcome: 'success', output: '' });
    assert.deepEqual(await probe('ok'), { outcome: 'success', output: 'body' });
    assert.deepEqual(await probe('/503'), {
      outcome: 'failure',
      output: 'HTTP probe failed with statuscode: 503',
    });
  });

  it('follows redirects within the host only, and not for ever', async () => {
    assert.equal((await probe('/there')).output, 'body');
    assert.deepEqual(await probe('/away'), {
      outcome: 'success',
      output: 'Probe terminated redirects',
      warning: true,
    });
    assert.equal((await probe('/loop')).outcome, 'failure');
  });

  it('reads only the beginning of a large answer', async () => {
    assert.equal((await probe('/big')).output.length, 10 * 1024);
  });

  it('sends its name and the headers of the probe', async () => {
    await probe('/', { httpHeaders: [{ name: 'X-A', value: '1' }] });
    assert.equal(seen['user-agent'], 'kube-probe/1.36');
    assert.equal(seen['x-a'], '1');
    const httpHeaders = [
      { name: 'Host', value: 'web.example' },
      { name: 'Accept', value: '' },
    ];
    await probe('/', { httpHeaders });
    assert.equal(seen.host, 'web.example');
    assert.equal(seen.accept, undefined);
  });

  it('fails when nobody answers, or not in time', async () => {
    const closed = net.createServer();
    const free = await listening(closed);
    closed.close();
    const refused = await probeHttp({ port: free }, { host, port: free }, never);
    assert.match(refused.output, /^Get "http:\/\/127\.0\.0\.1:\d+\/": .*ECONNREFUSED/);
    const late = await probe('/hang', {}, AbortSignal.timeout(20));
    assert.equal(late.outcome, 'failure');
    assert.match(late.output, /context deadline exceeded/);
  });
});

describe('probeTcp', () => {
  it('succeeds when a connection opens', async () => {
    const server = net.createServer();
    const port = await listening(server);
    assert.equal((await probeTcp({ host, port }, never)).outcome, 'success');
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await probeTcp({ host, port }, never)).outcome, 'failure');
  });
});

describe('probeGrpc', () => {
  let port: number;
  const asked: string[] = [];
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const service = Buffer.concat(chunks).subarray(7).toString('utf8');
      asked.push(service);
      if (service === 'hang') return;
      if (service === 'none') {
        stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
        return;
      }
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, service === 'sick' ? 2 : 1]));
    });
  });
  before(async () => void (port = await listening(server)));
  after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const probe = (service: string, signal = never) => probeGrpc({ host, port }, service, signal);

  it('asks for the health of the service', async () => {
    assert.deepEqual(await probe('well'), { outcome: 'success', output: 'service healthy' });
    assert.equal(asked.at(-1), 'well');
    assert.equal((await probe('')).outcome, 'success');
    assert.equal((await probe('sick')).output, 'service unhealthy (responded with "NOT_SERVING")');
  });

  it('says when there is no health service, or no answer in time', async () => {
    assert.match((await probe('none')).output, /does not implement the grpc health protocol/);
    const late = await probe('hang', AbortSignal.timeout(20));
    assert.equal(late.output, 'timeout: health rpc did not complete in time');
  });
});

describe('probeExec', () => {
  const cri = createFakeCri(createFakeClock());
  const run = () => probeExec(cri.runtime, 'container-1', ['x', 'y'], 3);

  it('fails a command that takes too long, and throws when it cannot be run', async () => {
    await assert.rejects(run(), CriError);
    const late = {
      ...cri.runtime,
      execSync: async () => {
        throw new CriError('DeadlineExceeded', 'late');
      },
    };
    assert.deepEqual(await probeExec(late, 'c', ['x', 'y'], 3), {
      outcome: 'failure',
      output: 'command timed out: "x y" timed out after 3s',
    });
  });
});

describe('portOf', () => {
  it('knows numbers, names, and numbers written as names', () => {
    const container = { name: 'c', ports: [{ name: 'web', containerPort: 8080 }] };
    assert.deepEqual(
      [80, 'web', '81', 'none', undefined].map((port) => portOf(container, port)),
      [80, 8080, 81, undefined, undefined],
    );
  });
});
