import assert from 'node:assert/strict';
import { events, isNotFound, namespaces, serviceAccounts } from '@berth/api';
import type { Draft, KubeObject, ResourceType } from '@berth/api';
import type { Client } from '@berth/client';
import type { Storage } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane, PlaneOptions } from './control-plane.ts';

export const patience = { withinMs: 30_000, everyMs: 20 };

/** A control plane for the tests of one `describe`, and a namespace for each test. Its parts are there once tests run. */
export interface Stage {
  readonly plane: ControlPlane;
  readonly client: Client;
  readonly namespace: string;
  list<T extends KubeObject>(type: ResourceType<T>): Promise<readonly T[]>;
  get<T extends KubeObject>(type: ResourceType<T>, name: string): Promise<T>;
  exists(type: ResourceType, name: string): Promise<boolean>;
  /** Makes an object in the namespace of the test. */
  make<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    body: Omit<Draft<T>, 'metadata'>,
    metadata?: Partial<T['metadata']>,
  ): Promise<T>;
  patch<T extends KubeObject>(type: ResourceType<T>, name: string, patch: unknown): Promise<T>;
  remove(
    type: ResourceType,
    name: string,
    propagationPolicy?: 'Background' | 'Foreground' | 'Orphan',
  ): Promise<void>;
  /** Resolves once the events of the namespace give all these reasons. */
  told(...reasons: readonly string[]): Promise<void>;
}

/** Registers the hooks; to be called in a `describe`. */
export function setStage(
  open: () => Promise<Storage> = async () => createTestStorage(),
  options: PlaneOptions = {},
): Stage {
  let storage: Storage | undefined;
  let started: ControlPlane | undefined;
  let namespace: string;
  let count = 0;

  before(async () => {
    storage = await open();
    started = await startControlPlane(storage, options);
  });
  after(async () => {
    await started?.close();
    await storage?.close();
  });
  const plane = (): ControlPlane => {
    assert.ok(started, 'the control plane has not started');
    return started;
  };
  beforeEach(async () => {
    count += 1;
    namespace = `ns-${count}`;
    await plane().client.create(namespaces, { metadata: { name: namespace }, spec: {} });
    await eventually(() => stage.exists(serviceAccounts, 'default'), patience);
  });

  const stage: Stage = {
    get plane() {
      return plane();
    },
    get client() {
      return plane().client;
    },
    get namespace() {
      return namespace;
    },
    list: async (type) => (await plane().client.list(type, { namespace })).items,
    get: (type, name) => plane().client.get(type, { namespace, name }),
    exists: (type, name) =>
      stage.get(type, name).then(
        () => true,
        (err: unknown) => {
          if (isNotFound(err)) return false;
          throw err;
        },
      ),
    make<T extends KubeObject>(
      type: ResourceType<T>,
      name: string,
      body: Omit<Draft<T>, 'metadata'>,
      metadata: Partial<T['metadata']> = {},
    ) {
      const draft = { ...body, metadata: { ...metadata, namespace, name } } as unknown as Draft<T>;
      return plane().client.create(type, draft);
    },
    patch: (type, name, patch) => plane().client.patch(type, { namespace, name }, 'merge', patch),
    remove: (type, name, propagationPolicy = 'Background') =>
      plane().client.remove(type, { namespace, name }, { propagationPolicy }),
    told: (...reasons) =>
      eventuallyHolds(async () => {
        const told = new Set((await stage.list(events)).map(({ reason }) => reason));
        for (const reason of reasons)
          assert.ok(told.has(reason), `${reason} in ${[...told].join()}`);
      }, patience),
  };
  return stage;
}

/** `Kind/name` of the managing owner. */
export const controllerOf = (object: KubeObject | undefined): string | undefined => {
  const owner = object?.metadata.ownerReferences?.find(({ controller }) => controller);
  return owner && `${owner.kind}/${owner.name}`;
};
