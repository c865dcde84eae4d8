import assert from 'node:assert/strict';

import { makeSecret, makePod } from './testing/index.ts';
import { credentialsFor } from './image-credentials.ts';
import { imageReferenceProblem, registryOf } from './image-reference.ts';

describe('image references', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  for (const good of [
    'busybox',
    'busybox:1.36',
    'library/busybox',
    'registry.example:5000/a/b_c/d.e:v1',
    'localhost/x',
    `x@${digest}`,
    `x:1@${digest}`,
  ]) {
    it(`takes ${good}`, () => assert.equal(imageReferenceProblem(good), undefined));
  }
  for (const bad of ['', 'a b', 'x:', 'x:ä', 'x@sha256:1', '/x', 'x//y', ':1']) {
    it(`refuses ${JSON.stringify(bad)}`, () => {
      assert.equal(imageReferenceProblem(bad), 'invalid reference format');
    });
  }
  it('says when capitals are the problem', () => {
    assert.match(imageReferenceProblem('example.com/Nginx') ?? '', /must be lowercase/);
  });
  it('stays fast on hostile text', () => {
    const began = process.hrtime.bigint();
    imageReferenceProblem(`${'a-'.repeat(50_000)}!`);
    imageReferenceProblem('a_'.repeat(50_000));
    assert.ok(process.hrtime.bigint() - began < 1_000_000_000n);
  });
  it('knows where an image comes from', () => {
    assert.deepEqual(['busybox', 'a/b', 'localhost/x', 'r.io:5000/x'].map(registryOf), [
      'docker.io',
      'docker.io',
      'localhost',
      'r.io:5000',
    ]);
  });
});

describe('credentialsFor', () => {
  const auths = {
    'https://index.docker.io/v1/': { auth: 'hub' },
    'r.io': { username: 'u', password: 'p' },
    'r.io/team': { auth: 'team' },
    '*.example.com': { auth: 'wild' },
  };
  const secret = makeSecret('pull', { '.dockerconfigjson': JSON.stringify({ auths }) });
  const pod = makePod({ spec: { imagePullSecrets: [{ name: 'none' }, { name: 'pull' }] } });
  const of = (image: string) =>
    credentialsFor(pod, image, (name) => (name === 'pull' ? secret : undefined));

  it('picks the most specific entry', () => {
    assert.deepEqual(of('r.io/x'), { username: 'u', password: 'p' });
    assert.deepEqual(of('r.io/team/x:1'), { auth: 'team' });
    assert.deepEqual(of('busybox'), { auth: 'hub' });
    assert.deepEqual(of('a.example.com/x'), { auth: 'wild' });
  });

  it('has nothing for strangers', () => {
    assert.equal(of('r.io.evil/x'), undefined);
    assert.equal(of('notexample.com/x'), undefined);
  });

  it('passes over secrets that it cannot read', () => {
    for (const text of ['{', 'null', '[]', '{"auths":1}', '{"auths":{"r.io":2}}']) {
      const broken = makeSecret('pull', { '.dockerconfigjson': text });
      assert.equal(
        credentialsFor(pod, 'r.io/x', () => broken),
        undefined,
      );
    }
  });
});
