import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionsError } from '@berth/component-base';
import { runApiServer } from './main.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: {
      readonly 'client-certificate-data': string;
      readonly 'client-key-data': string;
    };
  }[];
}

describe('runApiServer', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-apiserver-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const readKubeconfig = async (): Promise<Kubeconfig> => {
    for (let i = 0; i < 2000; i++) {
      const text = await readFile(join(dir, 'admin.kubeconfig'), 'utf8').catch(() => '');
      if (text) return JSON.parse(text) as Kubeconfig;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('no kubeconfig was written');
  };

  async function ask({ clusters, users }: Kubeconfig, method: string, path: string, body?: object) {
    const decode = (text = '') => Buffer.from(text, 'base64');
    const cluster = clusters[0]?.cluster;
    const user = users[0]?.user;
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request(
        new URL(path, cluster?.server),
        {
          method,
          agent: false,
          ca: decode(cluster?.['certificate-authority-data']),
          cert: decode(user?.['client-certificate-data']),
          key: decode(user?.['client-key-data']),
        },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body && JSON.stringify(body));
    });
  }

  it('serves what the admin kubeconfig says, keeps it over a restart and ends cleanly', async () => {
    const flags = [
      '--data-dir',
      dir,
      '--secure-port=0',
      '--bind-address=127.0.0.1',
      '--log-level=error',
    ];
    const first = new AbortController();
    const running = runApiServer(flags, {}, first.signal);
    const kubeconfig = await readKubeconfig();
    assert.equal((await stat(join(dir, 'admin.kubeconfig'))).mode & 0o777, 0o600);
    const { status } = await ask(kubeconfig, 'POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'kept' },
    });
    assert.equal(status, 201);
    first.abort();
    await running;

    await rm(join(dir, 'admin.kubeconfig'));
    const second = new AbortController();
    const again = runApiServer(flags, {}, second.signal);
    const { status: found } = await ask(
      await readKubeconfig(),
      'GET',
      '/api/v1/namespaces/default/configmaps/kept',
    );
    assert.equal(found, 200);
    second.abort();
    await again;
  });

  it('names every bad flag before it touches anything', async () => {
    const { signal } = new AbortController();
    await assert.rejects(runApiServer(['--store=x', '--nope'], {}, signal), (err) => {
      assert.ok(err instanceof OptionsError);
      assert.equal(err.problems.length, 2);
      return true;
    });
  });
});
