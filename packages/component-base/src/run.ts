import type { Logger } from './logger.ts';

/** Something with a life: started once, stopped once. */
export interface Part {
  readonly name: string;
  /** Resolves when the part does its work; rejects when it cannot. */
  readonly start: () => Promise<void>;
  /** Resolves when nothing of the part is left running. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts parts in order, waits for `signal`, stops them in reverse. When one cannot start, those before it are
 * stopped and the reason is thrown. A part that fails to stop does not keep the others from stopping.
 */
export async function runParts(
  parts: readonly Part[],
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
  onReady: () => void = () => undefined,
): Promise<void> {
  const started: Part[] = [];
  try {
    for (const part of parts) {
      if (signal.aborted) return;
      await part.start();
      started.unshift(part);
    }
    onReady();
    await aborted(signal);
  } finally {
    for (const part of started) {
      await part.stop().catch((err: unknown) => {
        logger.error('Failed to stop', { part: part.name, err });
      });
    }
  }
}

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process as it always does. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(new Error(name)));
  }
  return controller.signal;
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
