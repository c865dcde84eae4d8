import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import type { LifecycleHandler } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';

import { createHookRunner } from './hooks.ts';
import { createFakeCri, makePod } from './testing/index.ts';

describe('hooks', () => {
  const clock = createFakeClock();
  const cri = createFakeCri(clock);
  const execSync = async (_id: string, command: readonly string[]) => ({
    exitCode: command[0] === 'false' ? 3 : 0,
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
  });
  const run = createHookRunner({ ...cri.runtime, execSync }, clock);
  const spec = { kind: 'app', container: makePod().spec.containers[0]! } as const;
  const never = new AbortController().signal;
  const call = (handler: LifecycleHandler, signal = never) =>
    run({ handler, spec, containerId: 'c', podIp: '127.0.0.1', timeoutSeconds: 0 }, signal);

  it('run commands in the container', async () => {
    await call({ exec: { command: ['true'] } });
    await assert.rejects(call({ exec: { command: ['false', 'x'] } }), {
      message: "command 'false x' exited with 3",
    });
  });

  it('ask the pod over HTTP, and take any answer', async () => {
    const server = http.createServer((_request, response) => response.writeHead(500).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await call({ httpGet: { port } });
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(call({ httpGet: { port } }), /ECONNREFUSED/);
    await assert.rejects(call({ httpGet: { port: 'none' } }), /couldn't find port/);
  });

  it('sleep, and wake when they are called off', async () => {
    let awake = false;
    const sleeping = call({ sleep: { seconds: 5 } }).then(() => (awake = true));
    await clock.advance(4999);
    assert.equal(awake, false);
    await clock.advance(1);
    await sleeping;
    await call({ sleep: { seconds: 5 } }, AbortSignal.abort());
  });

  it('are nothing else', async () => {
    await assert.rejects(call({}), { message: 'invalid handler' });
  });
});
