import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  apiVersionOf,
  isAlreadyExists,
  isConflict,
  isNotFound,
  namespaces,
  pathOf,
  resourceTypes,
  serviceAccounts,
  StatusError,
} from '@berth/api';
import type { KubeObject, ResourceType, WatchChange } from '@berth/api';
import { defaultAdmission, startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createClient } from '@berth/client';
import type { Client } from '@berth/client';
import { systemClock } from '@berth/component-base';
import type { Storage } from '@berth/storage';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { sampleNamespace, sampleOf } from './samples.ts';

const labelSelector = 'lifecycle=yes';
const uidOfAnother = '11111111-2222-3333-4444-555555555555';

interface Served {
  readonly name: string;
  readonly verbs: readonly string[];
}

/** What every resource owes a client, whatever it is, on any storage. */
export function describeLifecycles(on: string, open: () => Promise<Storage>): void {
  describe(`every resource on ${on}`, () => {
    let storage: Storage;
    let api: TestServer;
    let client: Client;

    before(async () => {
      storage = await open();
      api = await startApiServer({
        storage,
        admission: defaultAdmission({
          clock: systemClock,
          random: Math.random,
          newUid: randomUUID,
        }),
      });
      client = createClient(api.transport, { userAgent: 'test' });
      await client.create(namespaces, { metadata: { name: sampleNamespace }, spec: {} });
      // Pods are taken only where this account is.
      const account = { name: 'default', namespace: sampleNamespace };
      await client.create(serviceAccounts, { metadata: account });
    });
    after(async () => {
      await api.close();
      await storage.close();
    });

    for (const type of resourceTypes) {
      it(`${apiVersionOf(type)} ${type.resource}`, async function () {
        this.timeout(20_000);
        const path = pathOf({ ...type, resource: '', namespaced: false }).replace(/\/$/, '');
        const { resources } = await client.getPath<{ readonly resources: readonly Served[] }>(path);
        const verbs = resources.find(({ name }) => name === type.resource)?.verbs ?? [];
        if (verbs.includes('create')) await walkThrough(client, type, resources);
        else assert.ok(verbs.includes('list'), 'what cannot be created can be read');
      });
    }
  });
}

/** From the first object of a kind to the last. */
async function walkThrough(client: Client, type: ResourceType, served: readonly Served[]) {
  const drafts = [1, 2, 3].map((number) => {
    const sample = sampleOf(type, number);
    assert.ok(sample, `samples.ts has no ${type.resource}`);
    return sample;
  });
  const watched = watchAll(client, type, await revisionOf(client, type));
  try {
    const objects = await createThem(client, type, drafts);
    await readThem(client, type, objects);
    const [first] = objects;
    assert.ok(first);
    const changed = await changeIt(client, type, first);
    if (served.some(({ name }) => name === `${type.resource}/status`)) {
      await changeStatus(client, type, changed);
    }
    await removeIt(client, type, changed);
    await removeOthers(client, type);
    await eventually(() => watched.of(first).at(-1) === 'DELETED');
    assert.equal(watched.of(first)[0], 'ADDED');
    assert.ok(watched.of(first).includes('MODIFIED'));
  } finally {
    await watched.stop();
  }
}

const scopeOf = (type: ResourceType) => (type.namespaced ? { namespace: sampleNamespace } : {});

const refOf = ({ metadata: { name, namespace } }: KubeObject) => ({
  name,
  ...(namespace && { namespace }),
});

async function revisionOf(client: Client, type: ResourceType): Promise<string> {
  return (await client.list(type, scopeOf(type))).metadata.resourceVersion ?? '';
}

function watchAll(client: Client, type: ResourceType, resourceVersion: string) {
  const stop = new AbortController();
  const seen: WatchChange<KubeObject>[] = [];
  const follow = async () => {
    const options = { ...scopeOf(type), labelSelector, resourceVersion };
    for await (const change of client.watch(type, options, stop.signal)) seen.push(change);
  };
  const following = follow().catch((err: unknown) => {
    if (!stop.signal.aborted) throw err;
  });
  return {
    of: ({ metadata }: KubeObject) =>
      seen.flatMap((change) =>
        change.type !== 'BOOKMARK' && change.object.metadata.uid === metadata.uid
          ? [change.type]
          : [],
      ),
    async stop() {
      stop.abort();
      await following;
    },
  };
}

async function createThem(client: Client, type: ResourceType, drafts: readonly KubeObject[]) {
  const [draft] = drafts;
  assert.ok(draft);
  await client.create(type, draft, { dryRun: true });
  await assert.rejects(client.get(type, refOf(draft)), isNotFound);
  await assert.rejects(
    client.create(type, { ...draft, nonsense: 1 } as KubeObject, { fieldValidation: 'Strict' }),
    (err) => err instanceof StatusError && /unknown field "nonsense"/.test(err.message),
  );
  const objects: KubeObject[] = [];
  for (const each of drafts) objects.push(await client.create(type, each));
  await assert.rejects(client.create(type, draft), isAlreadyExists);
  for (const { metadata } of objects) {
    assert.match(metadata.uid, /^[0-9a-f-]{36}$/);
    assert.match(metadata.resourceVersion, /^[1-9]\d*$/);
    assert.ok(metadata.creationTimestamp);
  }
  return objects;
}

/** What the server itself does not go on to change: it writes a status to some kinds as soon as they are there. */
function lasting(object: KubeObject): object {
  const { status: _status, ...rest } = object as KubeObject & { readonly status?: unknown };
  const {
    resourceVersion: _version,
    managedFields: _fields,
    finalizers: _finalizers,
    ...metadata
  } = rest.metadata;
  return { ...rest, metadata };
}

async function readThem(client: Client, type: ResourceType, objects: readonly KubeObject[]) {
  const [first] = objects;
  assert.ok(first);
  assert.deepEqual(lasting(await client.get(type, refOf(first))), lasting(first));
  const uids = objects.map(({ metadata }) => metadata.uid).sort();
  const uidsOf = (items: readonly KubeObject[]) => items.map(({ metadata }) => metadata.uid).sort();
  assert.deepEqual(
    uidsOf((await client.list(type, { ...scopeOf(type), labelSelector })).items),
    uids,
  );
  assert.deepEqual(uidsOf((await client.list(type, { labelSelector })).items), uids);
  const fieldSelector = `metadata.name=${first.metadata.name}`;
  const named = await client.list(type, { labelSelector, fieldSelector });
  assert.deepEqual(uidsOf(named.items), [first.metadata.uid]);
}

const annotationsOf = ({ metadata }: KubeObject) => metadata.annotations ?? {};

async function changeIt(client: Client, type: ResourceType, first: KubeObject) {
  const ref = refOf(first);
  const annotated = (key: string) => ({ metadata: { annotations: { [key]: 'yes' } } });
  await client.patch(type, ref, 'merge', annotated('merge'));
  await client.patch(type, ref, 'strategic', annotated('strategic'));
  const add = [{ op: 'add', path: '/metadata/annotations/json', value: 'yes' }];
  await client.patch(type, ref, 'json', add);
  const config = { apiVersion: apiVersionOf(type), kind: type.kind, ...annotated('apply') };
  const named = { ...config, metadata: { ...config.metadata, ...ref } };
  const patched = await client.patch(type, ref, 'apply', named, { fieldManager: 'test' });
  const given = Object.entries(annotationsOf(patched)).filter(([, value]) => value === 'yes');
  const keys = given.map(([key]) => key).sort();
  assert.deepEqual(keys, ['apply', 'json', 'merge', 'strategic']);
  assert.ok(Number(patched.metadata.resourceVersion) > Number(first.metadata.resourceVersion));

  await assert.rejects(
    client.update(type, { ...first, metadata: { ...first.metadata, labels: {} } }),
    isConflict,
  );
  const labels = { ...patched.metadata.labels, updated: 'yes' };
  const updated = await eventuallyHolds(async () => {
    const newest = await client.get(type, ref);
    return client.update(type, { ...newest, metadata: { ...newest.metadata, labels } });
  });
  assert.deepEqual(updated.metadata.labels, labels);
  return updated;
}

/** Through its own door a status can be written, and nothing else. */
async function changeStatus(client: Client, type: ResourceType, object: KubeObject) {
  const options = { subresource: 'status' };
  const patch = { metadata: { labels: { status: 'yes' } }, status: {} };
  const patched = await client.patch(type, refOf(object), 'merge', patch, options);
  assert.equal(patched.metadata.generation, object.metadata.generation);
  assert.equal(patched.metadata.uid, object.metadata.uid);
  const read = await client.getSubresource<KubeObject>(type, refOf(object), 'status');
  assert.equal(read.metadata.uid, object.metadata.uid);
}

async function removeIt(client: Client, type: ResourceType, object: KubeObject) {
  const ref = refOf(object);
  const preconditions = { uid: uidOfAnother };
  await assert.rejects(client.remove(type, ref, { preconditions }), isConflict);
  await client.remove(type, ref, { gracePeriodSeconds: 0, dryRun: true });
  assert.equal((await client.get(type, ref)).metadata.deletionTimestamp, undefined);
  await client.remove(type, ref, { gracePeriodSeconds: 0 });
  await letGo(client, type);
  await eventuallyHolds(() => assert.rejects(client.get(type, ref), isNotFound));
}

async function removeOthers(client: Client, type: ResourceType) {
  if (type !== namespaces) {
    const list = { ...scopeOf(type), labelSelector };
    await client.removeCollection(type, list, { gracePeriodSeconds: 0 });
  } else {
    // Namespaces are the one kind that does not go in bulk.
    const { items } = await client.list(type, { labelSelector });
    for (const each of items) await client.remove(type, refOf(each));
  }
  await letGo(client, type);
  await eventuallyHolds(async () =>
    assert.deepEqual((await client.list(type, { labelSelector })).items, []),
  );
}

/** No controller is here, so finalizers are taken off by hand. */
async function letGo(client: Client, type: ResourceType) {
  for (const object of (await client.list(type, { labelSelector })).items) {
    if (!object.metadata.deletionTimestamp) continue;
    const ref = refOf(object);
    if (type === namespaces) {
      await client.updateSubresource(type, ref, 'finalize', {
        ...object,
        spec: { finalizers: [] },
      });
    } else {
      const free = { metadata: { finalizers: null } };
      await client.patch(type, ref, 'merge', free).catch((err: unknown) => {
        // The server has some finalizers of its own, and was faster.
        if (!isNotFound(err)) throw err;
      });
    }
  }
}
