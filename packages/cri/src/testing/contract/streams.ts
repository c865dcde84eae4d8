import { WebSocket } from 'ws';
import { systemClock } from '@berth/component-base';

/** Kubernetes' older stream protocol: the first byte of a message names its channel. */
const protocol = 'v4.channel.k8s.io';

/** One open exec, attach or port-forward stream. */
export interface ChannelStream {
  send(channel: number, data: string | Uint8Array): void;
  /** What came on a channel until its text passes `enough`; fails when the stream closes before. */
  read(channel: number, enough: (text: string) => boolean): Promise<string>;
  close(): Promise<void>;
}

const limitMs = 10_000;

export async function openStream(url: string): Promise<ChannelStream> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocol);
  const received = new Map<number, string>();
  const watchers = new Set<() => void>();
  const wake = () => watchers.forEach((watcher) => watcher());
  let closed = false;
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0;
    received.set(channel, (received.get(channel) ?? '') + data.subarray(1).toString('latin1'));
    wake();
  });
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = true;
      wake();
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    send: (channel, data) =>
      socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)])),
    read: (channel, enough) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void) => {
          watchers.delete(look);
          cancel();
          act();
        };
        const look = () => {
          const text = received.get(channel) ?? '';
          if (enough(text)) finish(() => resolve(text));
          else if (closed) finish(() => reject(new Error(`closed after ${JSON.stringify(text)}`)));
        };
        const cancel = systemClock.after(limitMs, () =>
          finish(() => reject(new Error(`only ${JSON.stringify([...received])} within 10 s`))),
        );
        watchers.add(look);
        look();
      }),
    async close() {
      socket.close();
      const cancel = systemClock.after(1000, () => socket.terminate());
      await gone;
      cancel();
    },
  };
}
