import assert from 'node:assert/strict';
import { placeManifest } from './manifest-targets.ts';
import { inOrderOfNeed, readManifests } from './manifests.ts';
import { createTestHost } from './testing/host.ts';
import { testResources } from './testing/resources.ts';
import { UsageError } from './usage-error.ts';

const yaml = (kind: string, name: string, rest = '') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}`;

const read = async (
  files: Readonly<Record<string, string>>,
  paths: readonly string[],
  recursive = false,
) => {
  const { host } = createTestHost({ files });
  const { manifests, warnings } = await readManifests(
    {
      ...host,
      fileExists: (path) => Object.keys(files).some((name) => `${name}/`.startsWith(`${path}/`)),
    },
    paths,
    { recursive },
  );
  return { names: manifests.map(({ object }) => object.metadata.name), manifests, warnings };
};

describe('readManifests', () => {
  it('reads every document of a file, and the items of lists', async () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'c' } }],
    });
    const text = [yaml('Pod', 'a'), '', yaml('Pod', 'b'), list].join('\n---\n');
    assert.deepEqual((await read({ '/f': text }, ['/f'])).names, ['a', 'b', 'c']);
  });

  it('takes manifests of a directory in order, and what is below only when asked', async () => {
    const files = {
      '/d/b.yml': yaml('Pod', 'b'),
      '/d/a.yaml': yaml('Pod', 'a'),
      '/d/readme.md': 'text',
      '/d/sub/c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'c' } }),
    };
    assert.deepEqual((await read(files, ['/d'])).names, ['a', 'b']);
    assert.deepEqual((await read(files, ['/d'], true)).names, ['a', 'b', 'c']);
  });

  it('warns of keys that stand twice', async () => {
    const { warnings } = await read({ '/f': yaml('ConfigMap', 'a', 'data: {k: v, k: w}') }, ['/f']);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^\/f: .*"k"/s);
  });

  it('says what is wrong with a file', async () => {
    const refused = async (text: string, why: RegExp) =>
      assert.rejects(read({ '/f': text }, ['/f']), (err: unknown) => {
        assert.ok(err instanceof UsageError);
        assert.match(err.message, why);
        return true;
      });
    await refused('a: b: c', /error parsing \/f: .*yaml: line 1/);
    await refused('a: b', /unable to decode "\/f": Object 'Kind' is missing/);
    await refused('kind: Pod', /Object 'apiVersion' is missing/);
    await refused('just text', /unable to decode/);
    await assert.rejects(read({}, ['/f']), /the path "\/f" does not exist/);
  });
});

describe('inOrderOfNeed', () => {
  it('puts first what others need, and keeps the order of the rest', async () => {
    const text = [
      yaml('Pod', 'a'),
      yaml('Namespace', 'ns'),
      yaml('Pod', 'b'),
      yaml('ServiceAccount', 's'),
    ];
    const { manifests } = await read({ '/f': text.join('\n---\n') }, ['/f']);
    const names = inOrderOfNeed(manifests).map(({ object }) => object.metadata.name);
    assert.deepEqual(names, ['ns', 's', 'a', 'b']);
  });
});

describe('placeManifest', () => {
  const place = (kind: string, namespace: string | undefined, given?: string) =>
    placeManifest(
      {
        source: 'f.yaml',
        object: {
          apiVersion: 'v1',
          kind,
          metadata: { name: 'a', ...(namespace && { namespace }) },
        },
      },
      testResources,
      { namespace: given ?? 'current', isNamespaceGiven: given !== undefined },
    );

  it('takes the namespace of the object, else that of the command', () => {
    assert.equal(place('Pod', 'own').namespace, 'own');
    assert.equal(place('Pod', undefined).object.metadata.namespace, 'current');
    assert.equal(place('Node', undefined).namespace, undefined);
  });

  it('refuses two namespaces, and kinds that the server does not know', () => {
    assert.throws(() => place('Pod', 'own', 'other'), /You must pass '--namespace=own'/);
    assert.throws(() => place('Foo', undefined), /no matches for kind "Foo" in version "v1"/);
  });
});
