import assert from 'node:assert/strict';
import { configMaps, namespaces, pods } from '@berth/api';
import type { ConfigMap, KubeObject, Namespace, Pod } from '@berth/api';
import { createTransformedStorage } from '@berth/storage';
import type { Storage } from '@berth/storage';
import type { Admission } from '../../../admission/admission.ts';
import type { Strategy } from '../../strategy.ts';
import { createBench } from '../exchange.ts';
import type { Answer, Bench, Event } from '../exchange.ts';

const strategies = [
  { type: configMaps, columns: [] } satisfies Strategy<ConfigMap>,
  {
    type: pods,
    columns: [],
    selectable: ['spec.nodeName'],
    selectableFields: ({ spec }) => ({ 'spec.nodeName': spec.nodeName ?? '' }),
    allowUnconditionalUpdate: true,
    returnsDeleted: true,
  } satisfies Strategy<Pod>,
  { type: namespaces, columns: [] } satisfies Strategy<Namespace>,
] as unknown as readonly Strategy[];

/** Objects on a store that other servers write to as well, and whose news may come late. */
export interface TopicBench extends Bench {
  /** Writes an object without this server, which learns of it by its watch. */
  behind(key: string, change: (object: KubeObject) => KubeObject): Promise<void>;
  removeBehind(key: string): Promise<void>;
  /** Lets no news of the store through until `release`. */
  hold(): void;
  release(): void;
  /** Happens once, between what a deletion has looked at and its write. */
  beforeRemoval(act: () => Promise<void>): void;
  /** Values that hold this text cannot be read until `mend`. Resolves when somebody has tried for the first time. */
  spoil(text: string): Promise<void>;
  mend(): void;
  follow(path: string): Followed;
  /** Lets so much time pass until `promise` settles. The store takes its own, real time for what it does. */
  inTime<T>(promise: Promise<T>, seconds: number): Promise<T>;
  readonly strategies: readonly Strategy[];
  /** Waits until this server has seen what is stored by now. */
  catchUp(path: string): Promise<void>;
  close(): Promise<void>;
}

interface Followed {
  next(): Promise<Event>;
  /** Whether it ends with this. */
  isOver(): Promise<boolean>;
}

const storePatienceMs = 10_000;

export type TopicTest = (bench: TopicBench) => Promise<void>;

/** Nobody may delete what says so. */
const guard: Admission = {
  name: 'Guard',
  handles: ({ operation }) => operation === 'DELETE',
  validate({ old }) {
    if (old?.metadata.annotations?.['keep']) throw new Error('it is to be kept');
  },
};

export function createTopicBench(inner: Storage): TopicBench {
  let gate = Promise.resolve();
  let open: () => void = () => undefined;
  let spoilt: { readonly text: string; readonly tried: () => void } | undefined;
  let beforeRemoval: (() => Promise<void>) | undefined;
  const stop = new AbortController();

  const late: Storage = {
    ...inner,
    async *watch(...how) {
      for await (const item of inner.watch(...how)) {
        await gate;
        yield item;
      }
    },
    async remove(...write) {
      const act = beforeRemoval;
      beforeRemoval = undefined;
      await act?.();
      return inner.remove(...write);
    },
  };
  const storage = createTransformedStorage(late, {
    seal: (_key, value) => value,
    open(_key, value) {
      if (!spoilt || !Buffer.from(value).includes(spoilt.text)) return { value, stale: false };
      spoilt.tried();
      throw new Error('bits have flipped');
    },
  });
  const bench = createBench(strategies, { storage, admission: () => [guard] });
  const release = () => {
    open();
    open = () => undefined;
  };

  return {
    ...bench,
    storage: inner,
    strategies,
    async inTime(promise, seconds) {
      const state = { settled: false };
      const settle = () => void (state.settled = true);
      promise.then(settle, settle);
      const patience = AbortSignal.timeout(storePatienceMs);
      for (let second = 0; !state.settled; second += 1) {
        if (second < seconds) await bench.clock.advance(1_000);
        assert.ok(!patience.aborted, `nothing came within ${seconds} s`);
        await inner.get('/registry/');
      }
      return promise;
    },
    async behind(key, change) {
      const { kv } = await inner.get(key);
      assert.ok(kv);
      const object = change(JSON.parse(Buffer.from(kv.value).toString()) as KubeObject);
      assert.ok(await inner.update(key, Buffer.from(JSON.stringify(object)), kv.modRevision));
    },
    async removeBehind(key) {
      const { kv } = await inner.get(key);
      assert.ok(kv && (await inner.remove(key, kv.modRevision)));
    },
    hold() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release,
    beforeRemoval(act) {
      beforeRemoval = act;
    },
    spoil: (text) => new Promise((tried) => (spoilt = { text, tried })),
    mend() {
      spoilt = undefined;
    },
    follow(path) {
      const events = bench.watch(path, stop.signal)[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await events.next();
          assert.ok(!result.done, 'the watch has ended');
          return result.value;
        },
        isOver: async () => (await events.next()).done === true,
      };
    },
    async catchUp(path) {
      const { revision } = await inner.get('/registry/');
      await ok(bench.call('GET', `${path}?resourceVersion=${revision}`));
    },
    async close() {
      release();
      stop.abort();
      await bench.registry.close();
    },
  };
}

/** The answer, which must not be a refusal. */
export async function ok(answer: Promise<Answer>): Promise<Answer> {
  const answered = await answer;
  assert.ok(answered.status < 300, answered.text);
  return answered;
}

export const maps = '/api/v1/namespaces/default/configmaps';
export const podsPath = '/api/v1/namespaces/default/pods';
export const podKey = (name: string): string => `/registry/pods/default/${name}`;

export const podOf = (name: string, nodeName = 'n1'): object => ({
  metadata: { name },
  spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
});

export const annotated =
  (annotations: Readonly<Record<string, string>>) =>
  (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, annotations },
  });
