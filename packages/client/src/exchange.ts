import { wholeBody } from '@berth/api';
import type { ApiResponse, Body } from '@berth/api';
import type { Dispatcher } from 'undici';

/** One request on its way through undici, and the answer to it. */
export interface Exchange {
  readonly handler: Dispatcher.DispatchHandlers;
  /** Resolves when all of the answer is there. */
  readonly answer: Promise<ApiResponse>;
  isSent(): boolean;
  /** Answered, failed or given up. */
  isOver(): boolean;
  /** The connection broke that it was sent on: nobody will answer it any more. */
  lost(cause: unknown): void;
}

export interface ExchangeOptions {
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, whatever becomes of it. */
  readonly onEnd?: () => void;
}

/** A request is sent once at most, and not at all when it was given up before. */
export function createExchange({ signal, onEnd }: ExchangeOptions): Exchange {
  let resolve: (response: ApiResponse) => void;
  let reject: (reason: unknown) => void;
  const answer = new Promise<ApiResponse>((...settle) => ([resolve, reject] = settle));
  let isSent = false;
  let isOver = false;
  let giveUp: ((err: Error) => void) | undefined;
  let status = 0;
  let head: readonly Buffer[] = [];
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;

  const end = () => {
    isOver = true;
    signal?.removeEventListener('abort', onAbort);
    onEnd?.();
  };
  const fail = (reason: unknown) => {
    if (isOver) return;
    end();
    reject(reason);
  };
  const onAbort = () => {
    const reason = new DOMException('The operation was aborted', 'AbortError');
    fail(reason);
    giveUp?.(reason);
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });

  const handler: Dispatcher.DispatchHandlers = {
    onConnect(abort) {
      // Requests are put in line again when their connection breaks: whether the first one arrived is not known.
      if (isSent) throw lostConnection();
      // It was given up while it stood in line.
      if (isOver) throw new Error('given up');
      isSent = true;
      giveUp = abort;
    },
    onHeaders(code, headers) {
      status = code;
      head = headers;
      return true;
    },
    onData(chunk) {
      if (!first) first = chunk;
      else if (more) more.push(chunk);
      else more = [first, chunk];
      return true;
    },
    onComplete() {
      if (isOver) return;
      end();
      resolve(new WholeResponse(status, head, more ? Buffer.concat(more) : (first ?? nothing)));
    },
    onError: fail,
  };
  return {
    handler,
    answer,
    isSent: () => isSent,
    isOver: () => isOver,
    lost: (cause) => fail(lostConnection(cause)),
  };
}

const nothing = Buffer.alloc(0);

const lostConnection = (cause?: unknown) =>
  Object.assign(new Error('the connection broke before the answer came', { cause }), {
    code: 'ECONNRESET',
  });

/** A class, as an object with a getter of its own has a shape of its own. */
class WholeResponse implements ApiResponse {
  readonly status: number;
  readonly body: Body;
  readonly #head: readonly Buffer[];

  constructor(status: number, head: readonly Buffer[], bytes: Buffer) {
    this.status = status;
    this.body = wholeBody(bytes);
    this.#head = head;
  }

  /** Read when somebody asks: hardly anybody does. */
  get headers() {
    return headersOf(this.#head);
  }
}

function headersOf(head: readonly Buffer[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < head.length; i += 2) {
    const name = head[i]!.toString('latin1').toLowerCase();
    const value = head[i + 1]!.toString('latin1');
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
