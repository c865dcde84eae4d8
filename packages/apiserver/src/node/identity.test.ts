import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createCa, issueClient } from '@berth/component-base/pki';
import { createNodeDirectory, nodeOfCertificate, nodeUser } from './identity.ts';
import { subjectProblem } from './join.ts';

const validity = { notBefore: Date.now() - 1000, notAfter: Date.now() + 3600_000 };

describe('node identity', () => {
  it('is what a certificate of the group of nodes says', async () => {
    const ca = await createCa('ca', validity);
    const remembered = createNodeDirectory();
    const nodeOf = async (commonName: string, ...organizations: string[]) => {
      const { certPem } = await issueClient(ca, { commonName, organizations }, validity);
      const { raw } = new X509Certificate(certPem);
      const found = nodeOfCertificate(raw);
      assert.deepEqual([remembered(raw), remembered(raw)], [found, found]);
      return found;
    };
    assert.equal(await nodeOf('system:node:a', 'system:nodes'), 'a');
    assert.equal(await nodeOf('system:node:a', 'dev', 'system:nodes'), 'a');
    assert.equal(await nodeOf('system:node:a', 'dev'), undefined);
    assert.equal(await nodeOf('jane', 'system:nodes'), undefined);
    assert.deepEqual(nodeUser('a'), {
      name: 'system:node:a',
      groups: ['system:nodes', 'system:authenticated'],
    });
  });

  it('may be had by the node that is named, and nothing more', () => {
    const subject = { commonName: 'system:node:a', organizations: ['system:nodes'] };
    assert.equal(subjectProblem(subject, 'a'), undefined);
    assert.match(subjectProblem(subject, 'b') ?? '', /not for "system:node:b"/);
    assert.match(subjectProblem(subject, 'A!') ?? '', /invalid/);
    for (const organizations of [[], ['system:masters'], ['system:nodes', 'system:masters']]) {
      assert.match(subjectProblem({ ...subject, organizations }, 'a') ?? '', /alone/);
    }
  });
});
