import assert from 'node:assert/strict';
import { loadKubeconfig } from '@berth/client';
import { mergeKubeconfigs, readKubeconfig } from './kubeconfig-files.ts';
import { createTestHost } from './testing/host.ts';
import { UsageError } from './usage-error.ts';

const config = (name: string, rest = '') => `
current-context: ${name}
clusters: [{name: ${name}, cluster: {server: 'https://${name}:6443', certificate-authority: ca.pem}}]
users: [{name: ${name}, user: {token: of-${name}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}, {name: both, context: {cluster: ${name}}}]
${rest}`;

const readFile = (path: string) => `content of ${path}`;

describe('mergeKubeconfigs', () => {
  const merged = mergeKubeconfigs([
    { dir: '/one', text: config('a') },
    { dir: '/two', text: config('b') },
  ]);

  it('lets the first file win, and knows the entries of all', () => {
    const { connection } = loadKubeconfig(merged, { readFile });
    assert.equal(connection.server, 'https://a:6443');
    assert.equal(loadKubeconfig(merged, { context: 'b', readFile }).connection.token, 'of-b');
    assert.equal(
      loadKubeconfig(merged, { context: 'both', readFile }).connection.server,
      'https://a:6443',
    );
  });

  it('finds files beside the kubeconfig that names them', () => {
    const { connection } = loadKubeconfig(merged, { context: 'b', readFile });
    assert.equal(connection.ca, 'content of /two/ca.pem');
  });

  it('reads an empty file', () => {
    assert.deepEqual(JSON.parse(mergeKubeconfigs([{ dir: '/', text: '' }])), {
      clusters: [],
      users: [],
      contexts: [],
    });
  });
});

describe('readKubeconfig', () => {
  const files = {
    '/home/me/.kube/config': config('home'),
    '/data/admin.kubeconfig': config('admin'),
    '/x': config('x'),
  };
  const read = (present: readonly (keyof typeof files)[], given?: string, KUBECONFIG?: string) => {
    const chosen = Object.fromEntries(present.map((path) => [path, files[path]]));
    const { host } = createTestHost({ files: chosen, env: { KUBECONFIG } });
    const text = readKubeconfig(host, given);
    return (JSON.parse(text) as { 'current-context': string })['current-context'];
  };
  const all = Object.keys(files) as (keyof typeof files)[];

  it('prefers the flag, then the environment, then the home, then the cluster of this machine', () => {
    assert.equal(read(all, '/x'), 'x');
    assert.equal(read(all, undefined, '/missing:/x'), 'x');
    assert.equal(read(all), 'home');
    assert.equal(read(['/data/admin.kubeconfig']), 'admin');
  });

  it('says where it looked', () => {
    assert.throws(() => read([]), /no kubeconfig: .*\.kube\/config.*admin\.kubeconfig/);
    assert.throws(() => read([], '/missing'), UsageError);
  });
});
