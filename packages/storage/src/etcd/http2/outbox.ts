export interface Outbox {
  /** Sends these bytes after those of before; they may be changed as soon as this returns. */
  write(bytes: Uint8Array): void;
  /** Sends what waits at once. */
  flush(): void;
}

const blockBytes = 64 * 1024;
/** Blocks that are kept to be filled again; more are out only while the peer does not read. */
const mostSpare = 2;

/**
 * Gathers what is written in one turn of the event loop and sends it in one piece: a write to a socket takes longer than
 * all else that a small call needs. `send` tells when it no longer needs the bytes.
 */
export function createOutbox(send: (bytes: Buffer, done: () => void) => void): Outbox {
  const spare: Buffer[] = [];
  let block: Buffer | undefined;
  let filled = 0;
  let isPlanned = false;

  function flush() {
    if (!block) return;
    const full = block;
    block = undefined;
    send(full.subarray(0, filled), () => {
      if (spare.length < mostSpare) spare.push(full);
    });
    filled = 0;
  }
  function plan() {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      flush();
    });
  }

  return {
    write(bytes) {
      for (let at = 0; at < bytes.length;) {
        block ??= spare.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
        const piece = bytes.subarray(at, at + blockBytes - filled);
        block.set(piece, filled);
        filled += piece.length;
        at += piece.length;
        if (filled === blockBytes) flush();
      }
      if (block) plan();
    },
    flush,
  };
}
