// What `npm test` runs, from a fresh clone on: installs and builds the project, then runs every suite that this machine
// can run, one after the other, and says what it skipped and why. The last line is `N passed, N failed, N skipped`.
// Plain Node, since nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const minute = 60_000;
const until = Date.now() + 25 * minute;
/** Kept free at the end, for taking down what a stopped suite left. */
const reserveMs = minute;

/** Cheap before dear, and parts before the whole: the first failure to read is the one nearest to its cause. */
const suites = [
  { name: 'units', files: ['packages/*/dist/**/*.test.js'], limit: 10 * minute, timeout: 20_000 },
  { name: 'architecture', files: ['test/dist/architecture/**/*.test.js'], limit: minute },
  {
    name: 'integration',
    files: ['test/dist/integration/**/*.test.js'],
    limit: 6 * minute,
    timeout: 60_000,
  },
  {
    name: 'etcd',
    listed: 'testsOnEtcd',
    env: { BERTH_TEST_STORE: 'etcd' },
    needs: ['etcd-server'],
    limit: 6 * minute,
    timeout: 60_000,
  },
  {
    name: 'conformance',
    files: ['test/dist/conformance/**/*.test.js'],
    limit: 10 * minute,
    timeout: 120_000,
  },
  {
    name: 'kubectl on etcd',
    listed: 'kubectlTestsOnEtcd',
    env: { BERTH_TEST_STORE: 'etcd' },
    needs: ['etcd-server'],
    limit: 4 * minute,
    timeout: 120_000,
  },
  { name: 'e2e', files: ['test/dist/e2e/**/*.test.js'], limit: 20 * minute, timeout: 180_000 },
];

/** Debian packages, and a file by which each is known to be there. */
const debianPackages = {
  containerd: ['/usr/bin/containerd', '/usr/local/bin/containerd'],
  runc: ['/usr/sbin/runc', '/usr/bin/runc', '/usr/local/sbin/runc'],
  'containernetworking-plugins': ['/usr/lib/cni/bridge'],
  nftables: ['/usr/sbin/nft'],
  iproute2: ['/usr/sbin/ip', '/sbin/ip'],
  procps: ['/usr/sbin/sysctl', '/sbin/sysctl'],
  'etcd-server': ['/usr/bin/etcd', '/usr/local/bin/etcd'],
  'etcd-client': ['/usr/bin/etcdctl', '/usr/local/bin/etcdctl'],
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const workDir = mkdtempSync(join(tmpdir(), 'berth-test-'));
const results = [];
let running;
let interrupted = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    running?.stop();
  });
}

try {
  prepare();
  const lacks = whatIsMissing();
  for (const lack of lacks) console.log(`Not on this machine: ${lack}`);
  for (const suite of chosen()) await runSuite(suite);
  report(lacks);
} finally {
  takeDownClusters();
  rmSync(workDir, { recursive: true, force: true });
}

/** All suites, or those named on the command line. */
function chosen() {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) fail(`There is no suite ${unknown.join(', ')}.`);
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

function prepare() {
  if (!isInstalled()) {
    step('Installing packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  }
  installDebianPackages();
  step('Building', 'npm', ['run', 'build', '--silent']);
}

/** Whether node_modules holds what the lock file asks for; what is optional may be missing. */
function isInstalled() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const there = packagesOf(installed);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      !path.includes('node_modules/') || optional || there[path]?.version === version,
  );
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

function missingDebianPackages() {
  return Object.entries(debianPackages)
    .filter(([, files]) => !files.some((file) => existsSync(file)))
    .map(([name]) => name);
}

function installDebianPackages() {
  const missing = missingDebianPackages();
  if (missing.length === 0 || !isRoot() || !has('apt-get')) return;
  // No service of a package is to start: tests start what they need themselves.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args) =>
    spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 5 * minute });
  console.log(`Installing Debian packages: ${missing.join(' ')}`);
  apt('update', '-q');
  // One by one: a release that lacks one of them still has the others.
  for (const name of missing) {
    const { status, stderr } = apt('install', '-qy', '--no-install-recommends', name);
    if (status !== 0) console.log(`  ${name}: ${lastLine(stderr) || 'could not be installed'}`);
  }
}

/** What keeps some tests from running here. */
function whatIsMissing() {
  const lacks = missingDebianPackages().map((name) => `Debian's ${name}`);
  if (process.platform !== 'linux') lacks.push('Linux');
  if (!isRoot()) lacks.push('root, which real containers need');
  return lacks;
}

async function runSuite({ name, files, listed, limit, timeout, env, needs = [] }) {
  const missing = missingDebianPackages().filter((each) => needs.includes(each));
  if (missing.length > 0) {
    const reason = `this machine lacks Debian's ${missing.join(', ')}`;
    results.push({ suite: name, state: 'skipped', title: 'all of it', reason });
    return;
  }
  const left = Math.min(limit, until - reserveMs - Date.now());
  if (interrupted || left <= 0) {
    const why = interrupted ? 'interrupted' : 'no time left';
    console.log(`\n=== ${name}: not run, ${why}`);
    results.push({ suite: name, state: 'failed', title: name, reason: `not run: ${why}` });
    return;
  }
  console.log(`\n=== ${name}`);
  const startedAt = Date.now();
  const file = join(workDir, `${name}.jsonl`);
  writeFileSync(file, '');
  const tests = listed ? await namedByTheMap(listed) : { files };
  const { code, stopped } = await runMocha({ ...tests, timeout, env, file, limitMs: left });
  const own = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ suite: name, ...JSON.parse(line) }));
  results.push(...own);
  if (stopped) {
    const reason = `stopped after ${seconds(startedAt)} s`;
    results.push({ suite: name, state: 'failed', title: name, reason });
  } else if (code !== 0 && !own.some(({ state }) => state === 'failed')) {
    const reason = `mocha ended with ${code}`;
    results.push({ suite: name, state: 'failed', title: name, reason });
  } else if (own.length === 0) {
    results.push({ suite: name, state: 'failed', title: name, reason: 'has no tests' });
  }
  console.log(`=== ${name}: ${counts(own)} in ${seconds(startedAt)} s`);
  takeDownClusters();
}

/** Tests that docs/conformance.md names. What reads it is there once all is built. */
async function namedByTheMap(which) {
  const map = await import(join(root, 'test/dist/testing/conformance-map.js'));
  const { files, titles } = map[which]();
  const built = (file) => file.replace('/src/', '/dist/').replace(/\.ts$/, '.js');
  return { files: files.map(built), titles };
}

/** Resolves when mocha and everything in its process group are gone. */
function runMocha({ files, titles, timeout, env, file, limitMs }) {
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const args = ['--reporter', join(root, 'scripts/test-report.mjs'), ...files];
  if (timeout) args.unshift('--timeout', String(timeout));
  if (titles) args.unshift('--grep', titles.map(literally).join('|'));
  const child = spawn(process.execPath, [mocha, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, TMPDIR: workDir, BERTH_TEST_RESULTS: file },
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  let stopped = false;
  const send = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (err) {
      if (err.code !== 'ESRCH') throw err;
    }
  };
  const stop = () => {
    if (stopped) return;
    stopped = true;
    send('SIGTERM');
    setTimeout(() => send('SIGKILL'), 20_000).unref();
  };
  const limit = setTimeout(() => {
    console.log('\nOut of time: stopping this suite.');
    stop();
  }, limitMs);
  running = { stop };
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      send('SIGKILL');
      running = undefined;
      resolve({ code: code ?? signal, stopped });
    });
  });
}

/** Clusters that outlived their tests: each keeps its data in a directory of its own below the work directory. */
function takeDownClusters() {
  const berth = join(root, 'packages/cli/bin/berth.js');
  for (const name of readdirSync(workDir)) {
    const dataDir = join(workDir, name);
    if (!existsSync(join(dataDir, 'cluster.json'))) continue;
    spawnSync(process.execPath, [berth, 'down', '--data-dir', dataDir, '--purge'], {
      timeout: 2 * minute,
    });
  }
}

function report(lacks) {
  const of = (wanted) => results.filter(({ state }) => state === wanted);
  const skipped = of('skipped');
  if (skipped.length > 0) {
    console.log('\nSkipped:');
    const fallback = lacks.length > 0 ? `this machine lacks ${lacks.join(', ')}` : 'not for here';
    for (const [reason, titles] of grouped(skipped, ({ reason }) => reason ?? fallback)) {
      console.log(`  ${reason}:`);
      for (const { suite, title } of titles) console.log(`    ${suite}: ${title}`);
    }
  }
  const failed = of('failed');
  if (failed.length > 0) {
    console.log('\nFailed:');
    for (const { suite, title, reason } of failed) console.log(`  ${suite}: ${title}: ${reason}`);
  }
  process.exitCode = failed.length > 0 ? 1 : 0;
  console.log(`\n${counts(results)}`);
}

function counts(of) {
  const count = (wanted) => of.filter(({ state }) => state === wanted).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function step(what, command, args) {
  const startedAt = Date.now();
  process.stdout.write(`${what} … `);
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  console.log(`${seconds(startedAt)} s`);
  if (status === 0) return;
  console.error(stdout, stderr);
  fail(`${what} failed.`);
}

function fail(why) {
  console.error(why);
  rmSync(workDir, { recursive: true, force: true });
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}

/** As a regular expression finds it. */
function literally(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function has(command) {
  return spawnSync('which', [command]).status === 0;
}

function isRoot() {
  return process.getuid?.() === 0;
}

function lastLine(text) {
  return text?.trim().split('\n').at(-1);
}

function seconds(startedAt) {
  return ((Date.now() - startedAt) / 1000).toFixed(0);
}
