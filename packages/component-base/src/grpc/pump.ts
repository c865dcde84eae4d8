interface Sink {
  readonly destroyed: boolean;
  write(message: unknown): boolean;
  once(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/**
 * Writes every message at the pace the sink takes them; stops reading `messages` when the sink closes. Does not end
 * the sink.
 */
export async function pump(messages: AsyncIterable<unknown>, sink: Sink): Promise<void> {
  const iterator = messages[Symbol.asyncIterator]();
  let closed = sink.destroyed;
  // One waiter at a time: racing against one long-lived promise would keep something of every message.
  let wake = (): void => undefined;
  const close = () => {
    closed = true;
    wake();
  };
  sink.once('close', close);
  try {
    while (!isClosed()) {
      const next = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        wake = () => resolve({ done: true, value: undefined });
        iterator.next().then(resolve, reject);
      });
      if (next.done || isClosed()) break;
      if (!sink.write(next.value)) await drained();
    }
  } finally {
    sink.off('close', close);
    // Not awaited: a source that waits for its next message finishes when its own signal says so.
    iterator.return?.().catch(() => undefined);
  }

  function isClosed(): boolean {
    return closed;
  }
  async function drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      wake = () => resolve();
      sink.once('drain', wake);
    });
    sink.off('drain', wake);
  }
}
