// What `npm start` runs, from a fresh clone on: installs and builds the project, brings up a cluster of two nodes, runs
// the sample application on it, shows it working, and stays until Ctrl-C. Plain Node, since nothing is built yet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const berth = join(root, 'packages/cli/bin/berth.js');
const isRoot = process.getuid?.() === 0;
const dataDir =
  process.env.BERTH_DATA_DIR ?? (isRoot ? '/var/lib/berth' : join(homedir(), '.local/share/berth'));
const kubeconfig = join(dataDir, 'admin.kubeconfig');
const since = Date.now();

prepare();
const cluster = spawn(
  process.execPath,
  [berth, 'up', '--nodes', '2', '--data-dir', dataDir, ...process.argv.slice(2)],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
// Ctrl-C reaches the cluster too, as it is in the same group; it takes itself down, and then this ends.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') cluster.kill(signal);
  });
}
cluster.on('exit', (code) => process.exit(code ?? 1));
let said = '';
cluster.stdout.setEncoding('utf8').on('data', (text) => {
  process.stdout.write(text);
  const before = said;
  said += text;
  if (/^Ready in/m.test(said) && !/^Ready in/m.test(before)) {
    runSample().catch((err) => {
      console.error(`The sample did not come up: ${err.message}`);
      cluster.kill('SIGTERM');
    });
  }
});

/** Installs and builds, with a word about it when it takes a while. */
function prepare() {
  const lock = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(lock))
    step('Installing packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  step('Building', 'npm', ['run', 'build', '--silent']);
}

function step(what, command, args) {
  const startedAt = Date.now();
  process.stdout.write(`${what} … `);
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  console.log(`${seconds(startedAt)} s`);
  if (status === 0) return;
  console.error(stdout, stderr);
  process.exit(status ?? 1);
}

async function runSample() {
  const manifest = join(root, 'deploy/examples/sample.yaml');
  console.log('\nThe sample application: a Deployment, a Service and an autoscaler.');
  await shown('applied deploy/examples/sample.yaml', ['apply', '-f', manifest]);
  await shown('its pods are ready', [
    'rollout',
    'status',
    'deployment/sample',
    '--timeout',
    '120s',
  ]);
  console.log('');
  await verb(['get', 'deployments,pods,services,hpa'], 'inherit');
  const ip = await verb(['get', 'service', 'sample', '-o', 'jsonpath={.spec.clusterIP}']);
  const answer = await reach(`http://${ip.trim()}/`);
  console.log(
    answer
      ? `\nThe Service answers on http://${ip.trim()}/ : ${answer}`
      : '\nSimulated containers answer nobody; run as root for real ones.',
  );
  console.log(`
All of it took ${seconds(since)} s. The API server is at ${server()}

  export KUBECONFIG=${kubeconfig}
  npx berth get pods -o wide
  npx berth logs -f deployment/sample
  kubectl get hpa sample -w

Ctrl-C takes everything down.`);
}

async function shown(what, args) {
  const startedAt = Date.now();
  await verb(args);
  console.log(`  ✓ ${what} (${seconds(startedAt)} s)`);
}

/** One verb of the CLI; resolves to what it printed. */
function verb(args, output = 'pipe') {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [berth, ...args], {
      stdio: ['ignore', output, 'pipe'],
      env: { ...process.env, KUBECONFIG: kubeconfig },
    });
    let out = '';
    let err = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`berth ${args.join(' ')}: ${err.trim()}`)),
    );
  });
}

async function reach(url) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
      return (await response.text()).trim();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  return undefined;
}

const server = () => /server: (\S+)/.exec(readFileSync(kubeconfig, 'utf8'))?.[1];

function seconds(startedAt) {
  return ((Date.now() - startedAt) / 1000).toFixed(1);
}
