import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { eventually, eventuallyHolds } from '../eventually.ts';
import type { Cluster } from '../testing/cluster.ts';
import { startCommand } from '../testing/command.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { fetchTools } from '../testing/tools.ts';
import { newNamespace, realCluster } from './clusters.ts';
import { pod } from './manifests.ts';

const patience = { withinMs: 60_000, everyMs: 50 };
const shell = (script: string) => `      command: [sh, -c, ${JSON.stringify(script)}]`;

describe('kubectl reaches into containers', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let k: (...args: readonly string[]) => Promise<string>;

  before(async function () {
    cluster = await realCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    k = (...args) => kubectl('-n', namespace, ...args);
    await run(
      pod(
        'box',
        shell('trap "exit 0" TERM; echo started; echo careful >&2; while true; do sleep 0.1; done'),
      ),
      pod(
        'web',
        '      ports: [{containerPort: 8080}]\n      readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}',
      ),
    );
    await k('wait', '--for=condition=Ready', 'pod/box', 'pod/web', '--timeout=90s');
  });
  const run = (...manifests: readonly string[]) =>
    kubectl.feed(manifests.join('---'), '-n', namespace, 'apply', '-f', '-');
  const attempt = (args: readonly string[], input?: string | Buffer) =>
    kubectl.attempt(['-n', namespace, ...args], input === undefined ? {} : { input });

  describe('logs', () => {
    it('reads both outputs, the last lines, and with times', async () => {
      await eventuallyHolds(async () => {
        assert.deepEqual((await k('logs', 'box')).trim().split('\n').sort(), [
          'careful',
          'started',
        ]);
      }, patience);
      assert.equal((await k('logs', 'box', '--tail=1')).trim().split('\n').length, 1);
      assert.match(
        await k('logs', 'box', '--timestamps'),
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z started$/m,
      );
      assert.equal(await k('logs', 'box', '--limit-bytes=3'), (await k('logs', 'box')).slice(0, 3));
    });

    it('follows until the container ends', async () => {
      await run(
        pod(
          'short',
          `${shell('for i in 1 2 3; do echo line $i; sleep 0.3; done')}\n  restartPolicy: Never`,
        ),
      );
      // Of a pod that has no node yet there is nothing to read, and its log ends at once.
      await eventually(async () => {
        const phase = await k('get', 'pod', 'short', '-o', 'jsonpath={.status.phase}');
        return phase === 'Running' || phase === 'Succeeded';
      }, patience);
      const follow = kubectl.start(['-n', namespace, 'logs', '-f', 'short']);
      try {
        const { code, stdout } = await follow.outcome;
        assert.deepEqual([code, stdout], [0, 'line 1\nline 2\nline 3\n']);
      } finally {
        await follow.stop();
      }
    });

    it('remembers the container before', async () => {
      await run(pod('again', shell('echo life at $(date +%N); sleep 1; exit 3')));
      await eventually(async () => {
        const count = await k(
          'get',
          'pod',
          'again',
          '-o',
          'jsonpath={.status.containerStatuses[0].restartCount}',
        );
        return Number(count) >= 1;
      }, patience);
      assert.match(await k('logs', 'again', '--previous'), /^life at \d+\n$/);
      await k('delete', 'pod', 'again', '--now');
      const none = await attempt(['logs', 'box', '--previous']);
      assert.equal(none.code, 1);
      assert.match(none.stderr, /previous terminated container "main" in pod "box" not found/);
    });

    it('names the containers when it cannot choose', async () => {
      const unknown = await attempt(['logs', 'box', '-c', 'other']);
      assert.equal(unknown.code, 1);
      assert.match(unknown.stderr, /container other is not valid for pod box/);
    });
  });

  describe('exec', () => {
    it('passes output, errors, and the exit code', async () => {
      const { code, stdout, stderr } = await attempt([
        'exec',
        'box',
        '--',
        'sh',
        '-c',
        'echo out; echo err >&2; exit 7',
      ]);
      assert.equal(code, 7);
      assert.equal(stdout, 'out\n');
      assert.equal(stderr, 'err\ncommand terminated with exit code 7\n');
    });

    it('passes input, also when there is much of it', async () => {
      const megabyte = Buffer.alloc(1024 * 1024, 'abcdefg\n');
      const { code, stdout } = await attempt(['exec', '-i', 'box', '--', 'cat'], megabyte);
      assert.equal(code, 0);
      assert.equal(stdout, megabyte.toString());
    });

    it('gives a terminal', async () => {
      const { kubectl: binary } = await fetchTools();
      const command = `${binary} -n ${namespace} exec -it box -- sh -c 'test -t 0 && echo terminal; read line; echo got $line; exit 5'`;
      const session = startCommand('script', ['-qec', command, '/dev/null'], {
        env: { HOME: kubectl.home, KUBECONFIG: cluster.kubeconfig },
      });
      try {
        await eventually(() => session.stdout().includes('terminal'), patience);
        session.write('hello\n');
        const { code, stdout } = await session.outcome;
        assert.match(stdout, /got hello/);
        assert.equal(code, 5);
      } finally {
        await session.stop();
      }
    });

    it('says when there is no such program, container or pod', async () => {
      const program = await attempt(['exec', 'box', '--', '/bin/nothing']);
      assert.notEqual(program.code, 0);
      assert.match(program.stderr, /no such file or directory/);
      assert.match(
        (await attempt(['exec', 'box', '-c', 'other', '--', 'true'])).stderr,
        /container other is not valid|container not found/,
      );
      assert.match(
        (await attempt(['exec', 'nobody', '--', 'true'])).stderr,
        /pods "nobody" not found/,
      );
    });
  });

  it('copies files and folders there and back', async () => {
    const [there, back] = [join(kubectl.home, 'there.bin'), join(kubectl.home, 'back.bin')];
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
    await writeFile(there, content);
    await k('cp', there, 'box:/tmp/file.bin');
    assert.equal(
      (await k('exec', 'box', '--', 'stat', '-c', '%s', '/tmp/file.bin')).trim(),
      '300000',
    );
    await k('cp', 'box:/tmp/file.bin', back);
    assert.ok((await readFile(back)).equals(content));
    await k('exec', 'box', '--', 'sh', '-c', 'mkdir -p /tmp/d/e; echo deep > /tmp/d/e/f');
    await k('cp', 'box:/tmp/d', join(kubectl.home, 'd'));
    assert.equal(await readFile(join(kubectl.home, 'd/e/f'), 'utf8'), 'deep\n');
  });

  it('forwards ports, again and again', async () => {
    const forward = kubectl.start(['-n', namespace, 'port-forward', 'pod/web', ':8080']);
    try {
      const port = await eventually(
        () => /127\.0\.0\.1:(\d+) -> 8080/.exec(forward.stdout())?.[1],
        patience,
      );
      for (let i = 0; i < 5; i += 1) {
        const body = await fetchText(`http://127.0.0.1:${port}/`);
        assert.equal((JSON.parse(body) as { readonly hostname: string }).hostname, 'web');
      }
      const several = Array.from({ length: 10 }, () =>
        fetchText(`http://127.0.0.1:${port}/healthz`),
      );
      assert.equal((await Promise.all(several)).length, 10);
    } finally {
      await forward.stop();
    }
  });

  it('forwards a port of a service', async () => {
    await k('expose', 'pod', 'web', '--port=80', '--target-port=8080');
    const forward = kubectl.start(['-n', namespace, 'port-forward', 'service/web', ':80']);
    try {
      const port = await eventually(
        () => /127\.0\.0\.1:(\d+) -> 8080/.exec(forward.stdout())?.[1],
        patience,
      );
      assert.match(await fetchText(`http://127.0.0.1:${port}/`), /"hostname":"web"/);
    } finally {
      await forward.stop();
    }
  });

  it('attaches to what runs', async () => {
    await run(
      pod('echo', `${shell('while read line; do echo heard $line; done')}\n      stdin: true`),
    );
    await k('wait', '--for=condition=Ready', 'pod/echo', '--timeout=90s');
    const attached = kubectl.start(['-n', namespace, 'attach', '-i', 'echo']);
    try {
      await eventually(
        () => {
          attached.write('you\n');
          return attached.stdout().includes('heard you');
        },
        { ...patience, everyMs: 300 },
      );
    } finally {
      await attached.stop();
    }
  });

  it('runs a pod for one command', async () => {
    const { code, stdout } = await attempt(
      [
        'run',
        'once',
        '--image=berth.dev/sample:1',
        '--restart=Never',
        '--rm',
        '-i',
        '--quiet',
        '--command',
        '--',
        'sh',
        '-c',
        'read line; echo got $line; exit 4',
      ],
      'input\n',
    );
    assert.match(stdout, /got input/);
    assert.equal(code, 4);
    assert.equal((await attempt(['get', 'pod', 'once'])).code, 1);
  });

  it('tells how a container ended', async () => {
    await run(pod('failed', `${shell('exit 9')}\n  restartPolicy: Never`));
    await k('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/failed', '--timeout=90s');
    const path =
      'jsonpath={.status.containerStatuses[0].state.terminated.exitCode} {.status.containerStatuses[0].state.terminated.reason}';
    assert.equal(await k('get', 'pod', 'failed', '-o', path), '9 Error');
    assert.match(await k('get', 'pod', 'failed'), /failed +0\/1 +Error +0/);
    await run(pod('done', `${shell('exit 0')}\n  restartPolicy: Never`));
    await k('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/done', '--timeout=90s');
    assert.match(await k('get', 'pod', 'done'), /done +0\/1 +Completed +0/);
  });

  it('puts configuration, secrets and the pod itself into the container', async () => {
    await k('create', 'configmap', 'settings', '--from-literal=color=blue');
    await k('create', 'secret', 'generic', 'key', '--from-literal=password=p4ss');
    await run(
      pod(
        'reader',
        `${shell('sleep 1000')}
      env:
        - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
      volumeMounts:
        - {name: settings, mountPath: /etc/settings}
        - {name: key, mountPath: /etc/key, readOnly: true}
  volumes:
    - {name: settings, configMap: {name: settings}}
    - {name: key, secret: {secretName: key, defaultMode: 0400}}`,
      ),
    );
    await k('wait', '--for=condition=Ready', 'pod/reader', '--timeout=90s');
    const script =
      'echo $COLOR $NODE; cat /etc/settings/color /etc/key/password; ls /var/run/secrets/kubernetes.io/serviceaccount';
    const output = await k('exec', 'reader', '--', 'sh', '-c', script);
    assert.match(output, /^blue node-[12]\nbluep4ss/);
    for (const file of ['ca.crt', 'namespace', 'token']) assert.ok(output.includes(file), file);
    await k('patch', 'configmap', 'settings', '-p', '{"data":{"color":"green"}}');
    await eventually(
      async () => (await k('exec', 'reader', '--', 'cat', '/etc/settings/color')) === 'green',
      { withinMs: 100_000, everyMs: 500 },
    );
  });
});

const fetchText = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer from ${url}`)));
    asked.on('error', reject);
  });
