import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bidi,
  createGrpcClient,
  createGrpcServer,
  GrpcError,
  isGrpcError,
  loadProto,
  serverStream,
  serviceDefinition,
  unary,
} from '../grpc.ts';
import type { GrpcClient, GrpcServer, MethodHandler } from '../grpc.ts';
import { createCa, issueClient, issueServer } from '../pki.ts';

const proto = `
syntax = "proto3";
package t.v1;
service Echo {
  rpc Say(Word) returns (Word);
  rpc Count(Word) returns (stream Word);
  rpc Talk(stream Word) returns (stream Word);
}
message Word {
  enum Mood { CALM = 0; LOUD = 1; }
  string some_text = 1;
  int64 big = 2;
  bytes raw = 3;
  Mood mood = 4;
  repeated string tags = 5;
  map<string, Inner> parts = 6;
  Inner inner = 7;
  oneof kind { Inner a = 8; string b = 9; }
}
message Inner { uint64 n = 1; }
`;

interface Word {
  readonly someText: string;
  readonly big: number;
}

describe('grpc', () => {
  let dir: string;
  let server: GrpcServer;
  let client: GrpcClient;

  async function serve(handlers: Readonly<Record<string, MethodHandler>>): Promise<unknown[]> {
    const errors: unknown[] = [];
    const service = serviceDefinition(await loadProto(join(dir, 'echo.proto')), 't.v1.Echo');
    server = createGrpcServer({
      services: [{ definition: service, handlers }],
      onError: (err) => errors.push(err),
    });
    const port = await server.listen('127.0.0.1:0');
    client = createGrpcClient({ address: `127.0.0.1:${port}`, service });
    return errors;
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-grpc-'));
    await writeFile(join(dir, 'echo.proto'), proto);
  });
  afterEach(async () => {
    client.close();
    await server.close();
    await rm(dir, { recursive: true });
  });

  it('carries every kind of field both ways', async () => {
    const sent = {
      someText: 'x',
      big: 2 ** 40,
      raw: new Uint8Array([1, 2]),
      mood: 'LOUD',
      tags: ['a'],
      parts: { p: { n: 3 } },
      inner: { n: 0 },
      b: '',
    };
    const seen: unknown[] = [];
    await serve({
      Say: unary(async (word: object) => {
        seen.push(word);
        return word;
      }),
    });
    const back = await client.unary<Record<string, unknown>>('Say', sent);
    assert.deepEqual({ ...back, raw: [...(back['raw'] as Uint8Array)] }, { ...sent, raw: [1, 2] });
    assert.deepEqual(seen[0], back);
    assert.deepEqual(await client.unary('Say', {}), {
      someText: '',
      big: 0,
      raw: new Uint8Array(),
      mood: 'CALM',
      tags: [],
      parts: {},
    });
  });

  it('gives the caller the code that was thrown, and hides what was not meant for it', async () => {
    const errors = await serve({
      Say: unary(async ({ someText }: Word) => {
        throw someText ? new GrpcError('NOT_FOUND', 'no such word') : new Error('secret');
      }),
    });
    await assert.rejects(client.unary('Say', { someText: 'x' }), (err) => {
      assert.ok(isGrpcError(err, 'NOT_FOUND'));
      assert.equal(err.message, 'no such word');
      return true;
    });
    await assert.rejects(client.unary('Say', {}), (err) => {
      assert.ok(isGrpcError(err, 'INTERNAL'));
      assert.ok(!err.message.includes('secret'));
      return true;
    });
    assert.equal((errors[0] as Error).message, 'secret');
    assert.equal(errors.length, 1);
  });

  it('does not run ahead of a reader that is slow, and stops when it leaves', async () => {
    let produced = 0;
    let stopped: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (stopped = resolve));
    await serve({
      Count: serverStream(async function* (_word: Word, { signal }) {
        signal.addEventListener('abort', stopped);
        for (;;) {
          produced++;
          yield { raw: new Uint8Array(64 * 1024) };
        }
      }),
    });
    let read = 0;
    for await (const _word of client.serverStream('Count', {})) {
      if (++read === 3) break;
    }
    await ended;
    const after = produced;
    assert.ok(after < 200, `${after} messages were made for a reader of 3`);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(produced - after <= 1);
  });

  it('talks in both directions at once', async () => {
    await serve({
      Talk: bidi(async function* (words: AsyncIterable<Word>) {
        for await (const { big } of words) yield { big: big * 2 };
        yield { someText: 'bye' };
      }),
    });
    const numbers = async function* () {
      for (let big = 1; big <= 100; big++) yield { big };
    };
    const answers: Word[] = [];
    for await (const word of client.bidi<Word>('Talk', numbers())) answers.push(word);
    assert.equal(answers.length, 101);
    assert.equal(answers[99]?.big, 200);
    assert.equal(answers[100]?.someText, 'bye');
  });

  it('cancels with the signal, and the server hears of it', async () => {
    let heard: () => void = () => undefined;
    const cancelled = new Promise<void>((resolve) => (heard = resolve));
    await serve({
      Say: unary(
        (_word: Word, { signal }) =>
          new Promise<Word>(() => {
            signal.addEventListener('abort', heard);
            abort.abort();
          }),
      ),
    });
    const abort = new AbortController();
    await assert.rejects(client.unary('Say', {}, { signal: abort.signal }), (err) =>
      isGrpcError(err, 'CANCELLED'),
    );
    await cancelled;
  });

  it('ends what is under way when it is closed', async () => {
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    await serve({
      Say: unary(() => {
        begin();
        return new Promise<Word>(() => undefined);
      }),
    });
    const asking = client.unary('Say', {});
    await begun;
    client.close();
    await assert.rejects(asking, (err) => isGrpcError(err, 'CANCELLED'));
    await assert.rejects(client.unary('Say', {}));
  });

  it('fails with UNAVAILABLE when nobody listens', async () => {
    await serve({});
    await server.close();
    await assert.rejects(client.unary('Say', {}), (err) => isGrpcError(err, 'UNAVAILABLE'));
  });

  it('asks clients for certificates without demanding them', async () => {
    const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
    const ca = await createCa('ca', validity);
    const { certPem: cert, keyPem: key } = await issueServer(ca, 's', ['localhost'], validity);
    const own = await issueClient(ca, { commonName: 'node' }, validity);
    const service = serviceDefinition(await loadProto(join(dir, 'echo.proto')), 't.v1.Echo');
    const whoami = unary(async (_word: Word, { peerCertificate }) => ({
      someText: peerCertificate ? new X509Certificate(peerCertificate).subject : 'nobody',
    }));
    server = createGrpcServer({
      services: [{ definition: service, handlers: { Say: whoami } }],
      tls: { cert, key, clientCa: ca.certPem },
    });
    const address = `localhost:${await server.listen('localhost:0')}`;
    const connect = (credentials: object) =>
      createGrpcClient({ address, service, tls: { ca: ca.certPem, ...credentials } });
    client = connect({});
    assert.equal((await client.unary<Word>('Say', {})).someText, 'nobody');
    client.close();
    client = connect({ cert: own.certPem, key: own.keyPem });
    assert.equal((await client.unary<Word>('Say', {})).someText, 'CN=node');
  });

  it('ends a two-way call whose requests fail', async () => {
    await serve({
      Talk: bidi(async function* (words: AsyncIterable<Word>) {
        for await (const word of words) yield word;
      }),
    });
    const broken = async function* () {
      yield { big: 1 };
      throw new Error('source broke');
    };
    await assert.rejects(async () => {
      for await (const word of client.bidi('Talk', broken())) assert.ok(word);
    }, /source broke/);
  });
});
