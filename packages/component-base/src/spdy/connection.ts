import { Buffer } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { createPipe } from '../pipe.ts';
import type { Pipe } from '../pipe.ts';
import { decodeFrames, encodeFrame } from './frames.ts';
import type { SpdyFrame } from './frames.ts';
import { createHeaderReader, createHeaderWriter } from './header-block.ts';
import type { SpdyHeaders } from './header-block.ts';

/** One of the byte streams of a connection; both directions end for themselves. */
export interface SpdyStream {
  /** What it was opened with. */
  readonly headers: SpdyHeaders;
  /** What the peer writes, until it ends its direction or the stream; fails when the connection was lost. */
  readonly data: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more; without effect once nobody listens any more. */
  write(data: Uint8Array): Promise<void>;
  /** Ends this direction. */
  end(): void;
  /** Ends both directions at once. */
  reset(): void;
}

export interface SpdyConnection {
  /** Resolves when the peer took the stream; rejects when it did not. */
  open(headers: SpdyHeaders): Promise<SpdyStream>;
  /** Streams that the peer opens; ends with the connection. */
  readonly incoming: AsyncIterable<SpdyStream>;
  /** Says goodbye and closes the connection once everything was sent. */
  close(): void;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
}

interface Known {
  readonly stream: SpdyStream;
  readonly received: Pipe<Uint8Array>;
  readonly answered: (err?: Error) => void;
  localEnded: boolean;
  remoteEnded: boolean;
}

const protocolError = 1;
const refusedStream = 3;
const cancel = 5;
/** Streams that a peer may have open at once. */
const maxStreams = 1000;
/** Chunks of one stream that may wait for their reader before the whole connection is held up. */
const room = 256;
const maxDataBytes = 64 * 1024;

/**
 * SPDY/3.1 as Kubernetes' clients and container runtimes speak it: without flow control per stream, which they
 * neither do nor answer to. Over a socket, or over a WebSocket as a stream.
 */
export function createSpdyConnection(carrier: Duplex, role: 'client' | 'server'): SpdyConnection {
  const streams = new Map<number, Known>();
  const incoming = createPipe<SpdyStream>(maxStreams);
  const writeHeaders = createHeaderWriter();
  const headerReader = createHeaderReader();
  let nextId = role === 'client' ? 1 : 2;
  let lastPeerId = 0;
  // Each stream that waits for room listens.
  setMaxListeners(0, carrier);

  /** False when the carrier wants no more for now. */
  const send = (frame: Exclude<SpdyFrame, { readonly type: 'other' }>): boolean =>
    carrier.writable ? carrier.write(encodeFrame(frame)) : true;

  const add = (id: number, headers: SpdyHeaders, answered: Known['answered']): Known => {
    const received = createPipe<Uint8Array>(room);
    const stream: SpdyStream = {
      headers,
      data: received.items,
      async write(data) {
        for (let at = 0; at < data.length && !known.localEnded; at += maxDataBytes) {
          const part = Buffer.from(data.subarray(at, at + maxDataBytes));
          if (!send({ type: 'data', streamId: id, fin: false, data: part })) await drained(carrier);
        }
      },
      end() {
        if (known.localEnded) return;
        send({ type: 'data', streamId: id, fin: true, data: Buffer.alloc(0) });
        known.localEnded = true;
        forgetIfOver(id, known);
      },
      reset() {
        if (streams.get(id) !== known) return;
        send({ type: 'rstStream', streamId: id, status: cancel });
        drop(id, known, undefined);
      },
    };
    const known: Known = { stream, received, answered, localEnded: false, remoteEnded: false };
    streams.set(id, known);
    return known;
  };
  const forgetIfOver = (id: number, { localEnded, remoteEnded }: Known) => {
    if (localEnded && remoteEnded) streams.delete(id);
  };
  const endRemote = (id: number, known: Known) => {
    known.remoteEnded = true;
    known.received.end();
    forgetIfOver(id, known);
  };
  /** Both directions are over; with an error when that is not what anybody wanted. */
  const drop = (id: number, known: Known, err: Error | undefined) => {
    streams.delete(id);
    known.localEnded = true;
    known.remoteEnded = true;
    known.answered(err ?? new Error('the stream was reset'));
    if (err) known.received.fail(err);
    else known.received.end();
  };

  async function take(frame: SpdyFrame): Promise<void> {
    switch (frame.type) {
      case 'synStream':
        return accept(frame.streamId, frame.fin, await headerReader.read(frame.block));
      case 'synReply': {
        await headerReader.read(frame.block);
        const known = streams.get(frame.streamId);
        known?.answered();
        if (known && frame.fin) endRemote(frame.streamId, known);
        return;
      }
      case 'headers': {
        await headerReader.read(frame.block);
        const known = streams.get(frame.streamId);
        if (known && frame.fin) endRemote(frame.streamId, known);
        return;
      }
      case 'data': {
        const known = streams.get(frame.streamId);
        if (!known || known.remoteEnded) return;
        if (frame.data.length > 0) await known.received.write(frame.data);
        if (frame.fin) endRemote(frame.streamId, known);
        return;
      }
      case 'rstStream': {
        const known = streams.get(frame.streamId);
        // The usual end: Kubernetes' servers reset what is still open when they are done.
        if (known) drop(frame.streamId, known, undefined);
        return;
      }
      case 'ping':
        // Pings of ours would have the parity of our streams; we send none.
        send(frame);
        return;
      case 'goAway':
      case 'other':
        return;
    }
  }

  async function accept(id: number, fin: boolean, headers: SpdyHeaders): Promise<void> {
    const isTheirs = id % 2 === (role === 'server' ? 1 : 0) && id > lastPeerId;
    if (!isTheirs || streams.size >= maxStreams) {
      const status = isTheirs ? refusedStream : protocolError;
      send({ type: 'rstStream', streamId: id, status });
      return;
    }
    lastPeerId = id;
    const known = add(id, headers, () => undefined);
    send({ type: 'synReply', streamId: id, fin: false, block: writeHeaders({}) });
    if (fin) endRemote(id, known);
    await incoming.write(known.stream);
  }

  async function run(): Promise<void> {
    let problem = new Error('the connection was closed');
    try {
      for await (const frame of decodeFrames(carrier as AsyncIterable<Uint8Array>)) {
        await take(frame);
      }
    } catch (err) {
      problem = new Error('the connection was lost', { cause: err });
    } finally {
      for (const [id, known] of streams) drop(id, known, problem);
      incoming.end();
      headerReader.close();
      carrier.destroy();
    }
  }
  carrier.on('error', () => carrier.destroy());

  return {
    open(headers) {
      const id = nextId;
      nextId += 2;
      return new Promise((resolve, reject) => {
        const known = add(id, headers, (err) => (err ? reject(err) : resolve(known.stream)));
        send({ type: 'synStream', streamId: id, fin: false, block: writeHeaders(headers) });
        if (!carrier.writable) drop(id, known, new Error('the connection was closed'));
      });
    },
    incoming: incoming.items,
    close() {
      send({ type: 'goAway', lastStreamId: lastPeerId });
      carrier.end();
    },
    closed: run(),
  };
}

const drained = (carrier: Duplex) =>
  new Promise<void>((resolve) => {
    const done = () => {
      carrier.off('drain', done);
      carrier.off('close', done);
      resolve();
    };
    if (carrier.destroyed) return resolve();
    carrier.once('drain', done);
    carrier.once('close', done);
  });
