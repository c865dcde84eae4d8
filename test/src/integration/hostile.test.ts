import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { resourceTypes } from '@berth/api';
import { defaultAdmission, startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { systemClock } from '@berth/component-base';
import type { Storage } from '@berth/storage';
import fc from 'fast-check';
import { answerTo, assertUnpolluted } from '../hostile/check.ts';
import { hostileRequest } from '../hostile/requests.ts';

const requests = 5_000;

const startServer = (listen: boolean) =>
  startApiServer({
    listen,
    admission: defaultAdmission({ clock: systemClock, random: Math.random, newUid: randomUUID }),
  });

describe('hostile requests', function () {
  this.timeout(240_000);
  let server: TestServer;
  afterEach(() => server.close());

  it('are answered with a Status, soon, and leave nothing behind when they are refused', async () => {
    // One that listens writes by itself how it can be reached.
    server = await startServer(false);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(hostileRequest(resourceTypes), async (request) => {
        const before = await stateOf(server.storage);
        const code = await answerTo(server.transport, request);
        if (code < 400) return;
        refused += 1;
        if ((await revisionOf(server.storage)) === before.revision) return;
        assert.deepEqual(
          await objectsIn(server.storage),
          await before.objects(),
          'a refused write was stored',
        );
      }),
      { numRuns: requests, endOnFailure: true },
    );
    assert.ok(refused > requests / 3);
    assertUnpolluted();
  });

  it('hold up nobody when they are sent by halves', async () => {
    server = await startServer(true);
    const { hostname, port } = new URL(server.url);
    const halves = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connect({ host: hostname, port: Number(port), ca: server.ca });
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        socket.write(halfOfARequest);
        return socket;
      }),
    );
    try {
      const path = '/api/v1/namespaces/default/configmaps';
      await answerTo(server.transport, { method: 'GET', path, headers: {} });
    } finally {
      for (const socket of halves) socket.destroy();
    }
    assert.deepEqual((await server.storage.list('/registry/configmaps/')).kvs, []);
  });
});

const halfOfARequest = [
  'POST /api/v1/namespaces/default/configmaps HTTP/1.1',
  'Host: localhost',
  'Content-Type: application/json',
  'Content-Length: 100000',
  '',
  '{"metadata":{"name":"half"},"data":{',
].join('\r\n');

const revisionOf = async (storage: Storage) => (await storage.get('/')).revision;

/** What is stored, looked at only when somebody asks. */
async function stateOf(storage: Storage) {
  const revision = await revisionOf(storage);
  return { revision, objects: () => objectsAt(storage, revision) };
}

/**
 * What moves by itself: ranges of addresses are taken and given back, and the server keeps the status of some kinds.
 */
const ownWork = ['ranges', 'flowschemas', 'apiregistration.k8s.io'].map(
  (part) => `/registry/${part}/`,
);

/** Objects with their revisions. */
async function objectsAt(storage: Storage, revision?: number) {
  const { kvs } = await storage.list('/registry/', revision === undefined ? {} : { revision });
  return kvs
    .filter(({ key }) => !ownWork.some((prefix) => key.startsWith(prefix)))
    .map(({ key, modRevision }) => `${key} ${modRevision}`);
}
const objectsIn = (storage: Storage) => objectsAt(storage);
