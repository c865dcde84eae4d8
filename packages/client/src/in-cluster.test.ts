import assert from 'node:assert/strict';
import { inClusterConnection } from './in-cluster.ts';

const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('inClusterConnection', () => {
  it('is that of the pod’s service account, whose token may be renewed', () => {
    let renewals = 0;
    const readFile = (path: string) =>
      path.endsWith('/token') ? `token-${++renewals}\n` : `content of ${path}`;
    const connection = inClusterConnection({ env, readFile });
    assert.equal(connection?.server, 'https://10.0.0.1:443');
    assert.equal(connection.ca, 'content of /var/run/secrets/kubernetes.io/serviceaccount/ca.crt');
    assert.ok(typeof connection.token === 'function');
    assert.deepEqual([connection.token(), connection.token()], ['token-1', 'token-2']);
    const six = { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' };
    assert.equal(inClusterConnection({ env: six, readFile })?.server, 'https://[fd00::1]:443');
  });

  it('does not exist outside of pods', () => {
    assert.equal(inClusterConnection({ env: {}, readFile: () => assert.fail() }), undefined);
  });
});
