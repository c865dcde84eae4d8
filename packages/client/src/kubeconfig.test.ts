import assert from 'node:assert/strict';
import { formatKubeconfig, loadKubeconfig } from './kubeconfig.ts';

const parts = {
  clusterName: 'berth',
  userName: 'admin',
  server: 'https://127.0.0.1:6443',
  caPem: 'CA\n',
  certPem: 'CERT\n',
  keyPem: 'KEY\n',
};
const readFile = (path: string) => `content of ${path}`;

describe('loadKubeconfig', () => {
  it('reads what formatKubeconfig wrote', () => {
    const { connection, namespace } = loadKubeconfig(formatKubeconfig(parts), { readFile });
    assert.equal(namespace, 'default');
    assert.equal(connection.server, parts.server);
    assert.equal(connection.ca, parts.caPem);
    assert.equal(connection.cert, parts.certPem);
    assert.equal(connection.key, parts.keyPem);
  });

  it('reads files that the kubeconfig points to', () => {
    const text = formatKubeconfig(parts).replace(
      /certificate-authority-data: .*/,
      'certificate-authority: /ca',
    );
    assert.equal(loadKubeconfig(text, { readFile }).connection.ca, 'content of /ca');
  });

  it('names what is missing', () => {
    const load = (text: string, context?: string) => () =>
      loadKubeconfig(text, { readFile, context });
    assert.throws(load(''), /no current-context/);
    assert.throws(load(formatKubeconfig(parts), 'other'), /no context named "other"/);
  });
});
