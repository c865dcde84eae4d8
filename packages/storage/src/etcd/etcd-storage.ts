import { ExpiredError, UnavailableError } from '../errors.ts';
import type { EtcdOptions } from '../etcd.ts';
import { startCompactor } from './compactor.ts';
import { connect, isLeaseGone } from './connection.ts';
import { mustBeKept, startHub } from './hub.ts';
import type { Hub } from './hub.ts';
import { createLeases } from './leases.ts';
import type { Put } from './messages.ts';
import { tail } from './tail.ts';
import { createKeySpace, kvOf } from './wire.ts';
import { checkSize } from '../limits.ts';
import type { KeyValue, Revision, Storage, WatchItem } from '../storage.ts';

/** Keys per answer: etcd builds each in memory. */
const pageSize = 500;

/** What `openEtcdStorage` promises. */
export function createEtcdStorage(options: EtcdOptions): Storage {
  const { clock, logger, prefix: before = '', history = 4_000 } = options;
  const { timeoutMs = 10_000, giveUpAfterMs = 10_000, compactEveryMs = 5 * 60_000 } = options;
  const connection = connect({ ...options, timeoutMs });
  const keys = createKeySpace(before);
  const leases = createLeases(clock, async (ttl) => {
    const { ID } = await connection.read(({ leaseClient }) => leaseClient.leaseGrant({ TTL: ttl }));
    return ID;
  });
  /** Those still running: the main one serves all watches but those that begin before it. */
  const hubs = new Set<Hub>();
  let mainHub: Hub | undefined;
  let closed = false;
  const stopCompacting =
    compactEveryMs > 0
      ? startCompactor({
          connection,
          clock,
          logger,
          everyMs: compactEveryMs,
          watchedUpTo: () => Math.min(...[...hubs].map(({ log }) => log.revision)),
        })
      : () => undefined;

  const mustBeOpen = () => {
    if (closed) throw new UnavailableError('the storage is closed');
  };

  /** Puts, or removes without `put`, when the key is at `expected`, 0 for absent. Resolves to the new revision, if so. */
  async function when(key: string, expected: Revision, put?: Put): Promise<Revision | undefined> {
    const { succeeded, revision } = await connection.txn(keys.encode(key), expected, put);
    return succeeded ? revision : undefined;
  }
  async function put(
    key: string,
    value: Uint8Array,
    expected: Revision,
    ttlSeconds: number | undefined,
  ): Promise<KeyValue | undefined> {
    checkSize(key, value);
    const modRevision = await (ttlSeconds === undefined
      ? when(key, expected, { value })
      : putMortal(key, value, expected, ttlSeconds));
    return modRevision === undefined ? undefined : { key, value, modRevision };
  }
  async function putMortal(
    key: string,
    value: Uint8Array,
    expected: Revision,
    ttlSeconds: number,
  ): Promise<Revision | undefined> {
    const lease = await leases.leaseFor(ttlSeconds);
    try {
      return await when(key, expected, { value, lease });
    } catch (err) {
      // Etcd says that it did nothing, as somebody revoked the lease.
      if (!isLeaseGone(err)) throw err;
      leases.forget(lease);
      return when(key, expected, { value, lease: await leases.leaseFor(ttlSeconds) });
    }
  }

  function start(from: Revision): Hub {
    const hub = startHub({ connection, keys, clock, logger, from, history, giveUpAfterMs });
    hubs.add(hub);
    return hub;
  }
  function stop(hub: Hub, error: Error) {
    hub.stop(error);
    hubs.delete(hub);
  }
  /** The hub that all share, if it has what comes after `from`. */
  function shared(from: Revision): Hub | undefined {
    if (mainHub?.isOver()) {
      hubs.delete(mainHub);
      mainHub = undefined;
    }
    return mainHub && from >= mainHub.log.floor ? mainHub : undefined;
  }

  async function* watch(
    prefix: string,
    from: Revision,
    signal: AbortSignal,
  ): AsyncGenerator<WatchItem, void> {
    mustBeOpen();
    if (signal.aborted) return;
    const known = shared(from);
    if (!known || from > known.log.revision) await mustBeWatchable(from);
    mustBeOpen();
    const hub = shared(from) ?? start(from);
    mainHub ??= hub;
    try {
      yield* follow(hub, prefix, from, signal);
    } finally {
      if (hub !== mainHub) stop(hub, new UnavailableError('nobody watches any more'));
    }
  }
  async function mustBeWatchable(from: Revision) {
    try {
      await mustBeKept(connection, from);
    } catch (err) {
      if (!(err instanceof ExpiredError)) throw err;
      throw new ExpiredError(`revision ${from} is not kept`, await oldestAfter(from));
    }
  }
  /** Only a watch tells what etcd was compacted to; one that is not refused began right there, or lies ahead. */
  async function oldestAfter(from: Revision): Promise<Revision> {
    const stopped = new AbortController();
    const cancel = clock.after(1_000, () => stopped.abort());
    const ignore = { onOpen: () => undefined, onEvents: () => undefined };
    const found = await tail(connection, from, ignore, stopped.signal).catch((err: unknown) => err);
    cancel();
    return found instanceof ExpiredError ? found.oldest : 0;
  }

  return {
    async get(key) {
      mustBeOpen();
      const { revision, found } = await connection.get(keys.encode(key));
      return { revision, ...(found && { kv: { key, ...found } }) };
    },
    async list(prefix, { limit = Infinity, startKey = prefix, revision } = {}) {
      mustBeOpen();
      if (revision !== undefined && revision < 1) throw new ExpiredError('no such revision');
      const kvs: KeyValue[] = [];
      let asOf = revision;
      for (let start = startKey; ; start = `${kvs.at(-1)!.key}\0`) {
        const range = {
          ...keys.range(prefix, start),
          limit: Math.min(pageSize, limit - kvs.length),
          ...(asOf !== undefined && { revision: asOf }),
        };
        const page = await connection.read(({ kv }) => kv.range(range));
        asOf ??= Number(page.header.revision);
        for (const { key, value, mod_revision } of page.kvs)
          kvs.push(kvOf(keys.decode(key) ?? '', { value, modRevision: Number(mod_revision) }));
        const remaining = Number(page.count) - page.kvs.length;
        if (!page.more || kvs.length >= limit)
          return { revision: asOf, kvs, more: remaining > 0, remaining };
      }
    },
    async create(key, value, ttlSeconds) {
      mustBeOpen();
      return put(key, value, 0, ttlSeconds);
    },
    async update(key, value, expected, ttlSeconds) {
      mustBeOpen();
      checkSize(key, value);
      return expected > 0 ? put(key, value, expected, ttlSeconds) : undefined;
    },
    async remove(key, expected) {
      mustBeOpen();
      if (expected <= 0) return undefined;
      return when(key, expected);
    },
    watch: (prefix, from, signal): AsyncIterable<WatchItem> => watch(prefix, from, signal),
    requestProgress(prefix, revision) {
      for (const { log } of hubs) log.requestProgress(prefix, revision);
    },
    async compact(revision) {
      mustBeOpen();
      await connection
        .read(({ kv }) => kv.compact({ revision }))
        .catch(async (err: unknown) => {
          // Compacted already is as good; a revision that lies ahead is not.
          const { header } = await connection.read(({ kv }) => kv.range({ key: keys.encode('') }));
          if (!(err instanceof ExpiredError) || revision > Number(header.revision)) throw err;
        });
      for (const { log } of hubs) log.refuseBefore(revision);
    },
    async ping() {
      mustBeOpen();
      await connection.get(keys.encode('health'));
    },
    async close() {
      if (closed) return;
      closed = true;
      stopCompacting();
      for (const hub of hubs) stop(hub, new UnavailableError('the storage is closed'));
      connection.close();
    },
  };
}

/** Events after `from`, which the hub may have yet to reach. */
async function* follow(
  { log }: Hub,
  prefix: string,
  from: Revision,
  signal: AbortSignal,
): AsyncGenerator<WatchItem, void> {
  for await (const item of log.follow(prefix, Math.min(from, log.revision), signal))
    if (revisionOf(item) > from) yield item;
}

function revisionOf(item: WatchItem): Revision {
  if (item.kind === 'progress') return item.revision;
  return item.event.type === 'put' ? item.event.kv.modRevision : item.event.revision;
}
