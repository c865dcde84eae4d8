import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseLdd } from './host-files.ts';
import { sampleImage } from './sample.ts';

describe('sample application', () => {
  const file = fileURLToPath(new URL('../../../sample/app.js', import.meta.url));

  async function start() {
    const child = spawn(process.execPath, [file], {
      env: { PORT: '0', APP_VERSION: '7', POD_IP: '10.1.2.3' },
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = /^Listening on (\d+), version 7$/m.exec(line.toString())?.[1];
    assert.ok(port, line.toString());
    return { child, exited: once(child, 'exit'), base: `http://127.0.0.1:${port}` };
  }

  it('says where it runs, burns, and ends when it is asked to', async () => {
    const { child, exited, base } = await start();
    const get = async (path: string) => {
      const response = await fetch(base + path);
      return { code: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    try {
      const { code, body } = await get('/');
      assert.deepEqual([code, body.version, body.podIP], [200, '7', '10.1.2.3']);
      assert.ok(body.hostname);
      assert.equal((await get('/healthz')).code, 200);
      assert.equal((await get('/nothing')).code, 404);
      const before = process.hrtime.bigint();
      assert.equal((await get('/burn?ms=50')).body.burnedMs, 50);
      assert.ok(process.hrtime.bigint() - before >= 50_000_000n);
      assert.equal((await get('/stop?code=3')).code, 200);
      assert.deepEqual(await exited, [3, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('ends at once on SIGTERM', async () => {
    const { child, exited } = await start();
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });
});

describe('sample image', () => {
  it('has the application on top of Node on top of the libraries', async function () {
    if (process.platform !== 'linux') return this.skip();
    const { ref, layers, config } = await sampleImage({ version: '2' });
    assert.equal(ref, 'berth.dev/sample:2');
    assert.ok(config.env?.includes('APP_VERSION=2'));
    const [base, node, app] = layers.map((layer) => layer.map(({ path }) => path));
    assert.ok(base?.includes('bin/sh') && base.includes('bin/cat'));
    assert.ok(base?.some((path) => path.includes('libc.')));
    assert.deepEqual(node, ['bin/node']);
    assert.deepEqual(app, ['app/app.js', 'app/package.json']);
  });

  it('reads what ldd prints', () => {
    const output = [
      '/bin/dash:',
      '\tlinux-vdso.so.1 (0x00007ffc)',
      '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f9a)',
      '\tlibgone.so => not found',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f9b)',
      '/bin/static:',
      '\tnot a dynamic executable',
    ].join('\n');
    assert.deepEqual(parseLdd(output), [
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });
});
