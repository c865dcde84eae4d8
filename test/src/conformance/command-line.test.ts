import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Cluster } from '../testing/cluster.ts';
import { runCommand } from '../testing/command.ts';
import type { Outcome } from '../testing/command.ts';
import { repository } from '../testing/repository.ts';
import { simulatedCluster } from './clusters.ts';
import { deployment } from './manifests.ts';

const program = join(repository, 'packages/cli/bin/berth.js');

/** Both speak about themselves in their hints, and time goes on between them. */
const comparable = ({ code, stdout, stderr }: Outcome) => {
  const same = (text: string) =>
    text
      .replaceAll('berth', 'kubectl')
      .replace(/(?<=\s|\(x\d+ over )(\d+[smhd]){1,2}(?=\s|\)|$)/gm, 'AGE')
      // Nodes give signs of life all the time, and a describe has them by the second.
      .replace(/(RenewTime: +|(?:False|True) +)\w{3}, \d\d \w{3} \d{4} [\d:]+/g, '$1HEARTBEAT')
      .replace(/ +$/gm, '')
      .replace(/AGE +/g, 'AGE ');
  return { code, stdout: same(stdout), stderr: same(stderr) };
};

/** Reads: both must print the same, byte for byte. */
const reads: readonly string[] = [
  'get nodes -o wide',
  'get deploy,rs,svc',
  'get deployment/web configmap/settings',
  'get pods --show-labels',
  'get pods -L app --no-headers',
  'get pods -A -l app=web',
  'get pods --sort-by=.metadata.creationTimestamp',
  'get deploy web -o yaml',
  'get deploy web -o json',
  'get deploy -o json',
  'get pods -o name',
  'get pods -o=jsonpath={range.items[*]}{.metadata.name}{"\\n"}{end}',
  'get pods -o jsonpath={.items[?(@.status.phase=="Running")].metadata.name}',
  'get pods -o jsonpath={.items[*].spec.containers[*].resources.requests}',
  'get deploy -o custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[*].image,NO:.x',
  'get pods --field-selector status.phase=Pending',
  'get nonsense',
  'get pod missing',
  'get pods -n missing',
  'get pods --nonsense',
  'get configmap settings missing',
  'get --raw /version',
  'describe deployment web',
  'describe rs -l app=web',
  'describe node node-1',
  'describe pod missing',
  'api-resources',
  'api-resources -o wide --namespaced=false',
  'rollout status deployment/web',
  'rollout history deployment web',
  'exec deploy/web -- echo hello',
  'exec deploy/web -- false',
  'exec missing -- true',
  'exec deploy/web',
  'scale deploy/web',
  'delete pods',
  'delete pod missing',
  'wait --for=condition=Available deploy/web',
  'wait --for=condition=Progressing=False deploy/web --timeout=100ms',
  'label deploy/web app=other',
  'top nodes missing',
];

describe('the command line', () => {
  let cluster: Cluster;
  const berth = (args: readonly string[], input = '') =>
    runCommand(process.execPath, [program, ...args], {
      input,
      env: { KUBECONFIG: cluster.kubeconfig },
    });
  const done = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await berth(args);
    assert.equal(code, 0, stderr);
    return stdout.trimEnd();
  };
  const namespace = 'command-line';
  const within = ['-n', namespace];

  before(async function () {
    cluster = await simulatedCluster(this);
    await done('create', 'namespace', namespace);
    const settings = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: "1"}`;
    const applied = await berth(
      ['apply', ...within, '-f', '-', '--wait'],
      `${deployment('web')}\n---\n${settings}`,
    );
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal(
      applied.stdout,
      'deployment.apps/web created\nconfigmap/settings created\ndeployment.apps/web is up\n',
    );
  });

  after(async function () {
    this.timeout(60_000);
    await done('delete', 'namespace', namespace);
  });

  for (const line of reads) {
    it(`prints what kubectl prints: ${line}`, async function () {
      this.timeout(30_000);
      const args = [...line.split(' '), ...within];
      const ordered = line.startsWith('exec')
        ? [args[0] ?? '', ...within, ...args.slice(1, -within.length)]
        : args;
      const [ours, theirs] = await Promise.all([berth(ordered), cluster.kubectl.attempt(ordered)]);
      assert.deepEqual(comparable(ours), comparable(theirs));
    });
  }

  it('says what an apply did, and leaves what others manage', async () => {
    const apply = (replicas: number, ...flags: readonly string[]) =>
      berth(['apply', ...within, '-f', '-', ...flags], deployment('web', { replicas }));
    assert.equal((await apply(2)).stdout, 'deployment.apps/web unchanged\n');
    assert.equal(
      (await apply(3, '--dry-run=server')).stdout,
      'deployment.apps/web configured (server dry run)\n',
    );
    await cluster.kubectl(...within, 'scale', 'deploy/web', '--replicas=1');
    const refused = await apply(2);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^error: Apply failed with 1 conflict: .*\.spec\.replicas\n/);
    assert.match(refused.stderr, /--force-conflicts/);
    assert.equal((await apply(2, '--force-conflicts')).stdout, 'deployment.apps/web configured\n');
  });

  it('stops waiting for what cannot come up, and says why', async function () {
    this.timeout(60_000);
    const broken = deployment('broken').replace(
      'image: berth.dev/sample:1',
      'image: berth.dev/sample:1\n          command: [sh, -c, "echo the config is missing; exit 3"]',
    );
    const { code, stderr } = await berth(
      ['apply', ...within, '-f', '-', '--wait', '--timeout=45s'],
      broken,
    );
    assert.equal(code, 1);
    assert.match(stderr, /container web: CrashLoopBackOff: .*exit code 3/);
    assert.match(stderr, /\n {2}the config is missing\n/);
    const status = await berth(['rollout', 'status', 'deploy/broken', ...within]);
    assert.equal(status.code, 1);
    assert.match(
      await done('why', 'deploy/broken', ...within),
      /container web: CrashLoopBackOff.*What may help: .*berth logs --previous/s,
    );
    assert.equal(
      await done('delete', 'deploy', 'broken', ...within),
      `deployment.apps "broken" deleted from ${namespace} namespace`,
    );
  });

  it('goes through the revisions of a deployment', async function () {
    this.timeout(60_000);
    const image = () =>
      done('get', 'deploy/web', ...within, '-o', 'jsonpath={..containers[0].image}');
    await cluster.kubectl(...within, 'set', 'image', 'deploy/web', 'web=berth.dev/sample:2');
    await done('rollout', 'status', 'deploy/web', ...within, '--timeout=30s');
    assert.equal(await image(), 'berth.dev/sample:2');
    assert.equal(
      await done('rollout', 'undo', 'deploy/web', ...within),
      'deployment.apps/web rolled back',
    );
    assert.equal(await image(), 'berth.dev/sample:1');
    await done('rollout', 'restart', 'deploy/web', ...within);
    assert.match(
      await done('rollout', 'status', 'deploy/web', ...within, '--timeout=30s'),
      /successfully rolled out$/,
    );
  });

  it('moves the pods of a node, and lets others come back', async function () {
    this.timeout(60_000);
    const said = await done('drain', 'node-2', '--ignore-daemonsets', '--force', '--timeout=40s');
    assert.match(said, /^node\/node-2 cordoned\n/);
    assert.match(said, /\nnode\/node-2 drained$/);
    const left = await done(
      'get',
      'pods',
      '-A',
      '--field-selector=spec.nodeName=node-2',
      '-o=name',
    );
    assert.equal(left, '');
    assert.equal(await done('uncordon', 'node-2'), 'node/node-2 uncordoned');
  });

  it('writes the logs of all pods of a deployment, each line with its source', async () => {
    const spoken = deployment('spoken').replace(
      '      labels: {app: spoken}\n    spec:',
      '      labels: {app: spoken}\n      annotations: {simulate.berth.dev/logs: hello}\n    spec:',
    );
    const { code, stderr } = await berth(['apply', ...within, '-f', '-', '--wait'], spoken);
    assert.equal(code, 0, stderr);
    const lines = (await done('logs', 'deploy/spoken', ...within)).split('\n');
    assert.equal(lines.length, 2);
    for (const line of lines) assert.match(line, /^\[pod\/spoken-\S+\/web\] hello$/);
    assert.equal(new Set(lines).size, 2);
  });

  it('passes input and the exit code of a command on', async () => {
    const echoed = await berth(['exec', '-i', 'deploy/web', ...within, '--', 'cat'], 'typed\n');
    assert.deepEqual([echoed.code, echoed.stdout], [0, 'typed\n']);
    const failed = await berth(['exec', 'deploy/web', ...within, '--', 'sh', '-c', 'exit 7']);
    assert.equal(failed.code, 7, failed.stderr);
  });
});
