import { StatusError } from '@berth/api';
import type { ListMeta, ObjectMeta, Status } from '@berth/api';
import { createFakeClock } from '@berth/component-base/testing';
import type { FakeClock } from '@berth/component-base/testing';
import { silentLogger } from '@berth/component-base';
import type { Storage } from '@berth/storage';
import { createTestStorage } from '@berth/storage/testing';
import { lifetimeWithin } from '../../lifetime.ts';
import { requestInfo } from '../../request-info.ts';
import type { RequestContext, UserInfo } from '../../request.ts';
import { createRegistry } from '../registry.ts';
import type { Registry, RegistryOptions } from '../registry.ts';
import type { Strategy } from '../strategy.ts';

/** A body as tests look into it: whatever they ask for may be missing. */
export interface Body {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ObjectMeta & ListMeta;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, string>>;
  readonly status: string & Readonly<Record<string, unknown>>;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: Status['details'];
  readonly items: readonly Body[];
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: Body }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Body;
  readonly warnings: readonly string[];
}

export interface Event {
  readonly type: string;
  readonly object: Body;
}

interface Call {
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly user?: UserInfo;
  readonly signal?: AbortSignal;
}

export interface Bench {
  readonly registry: Registry;
  readonly storage: Storage;
  readonly clock: FakeClock;
  /** One whole exchange; a thrown Status is an answer too. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** The body of a watch, event by event. */
  watch(path: string, signal: AbortSignal, call?: Call): AsyncIterable<Event>;
}

const admin: UserInfo = { name: 'admin', groups: ['system:masters'] };

/** A registry on memory with a fake clock and counted uids. */
export function createBench(
  strategies: readonly Strategy[],
  options: Partial<RegistryOptions> = {},
): Bench {
  const clock = createFakeClock();
  const storage = options.storage ?? createTestStorage({ clock });
  let uids = 0;
  const registry = createRegistry({
    storage,
    strategies,
    clock,
    newUid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
    random: sequence(),
    logger: silentLogger,
    ...options,
  });

  async function call(method: string, path: string, call: Call = {}): Promise<Answer> {
    const warnings: string[] = [];
    try {
      const context = contextOf(method, path, call, warnings);
      const { status, headers, body } = await registry.handler(context);
      const text = await textOf(body);
      return { status, headers, text, json: parse(text) as Body, warnings };
    } catch (err) {
      if (!(err instanceof StatusError)) throw err;
      const { status } = err;
      return {
        status: status.code,
        headers: {},
        text: err.message,
        json: status as unknown as Body,
        warnings,
      };
    }
  }

  return {
    registry,
    storage,
    clock,
    call,
    async *watch(path, signal, call = {}) {
      const { body } = await registry.handler(contextOf('GET', path, { ...call, signal }, []));
      for await (const chunk of body)
        for (const line of Buffer.from(chunk).toString().split('\n'))
          if (line) yield JSON.parse(line) as Event;
    },
  };
}

function contextOf(
  method: string,
  path: string,
  { body, headers = {}, user = admin, signal }: Call,
  warnings: string[],
): RequestContext {
  const bytes = bytesOf(body);
  return {
    request: {
      method,
      path,
      headers: { 'user-agent': 'test/v1', ...headers },
      ...(bytes && { body: bytes }),
    },
    info: requestInfo(method, path),
    user,
    lifetime: lifetimeWithin(...(signal ? [signal] : [])).lifetime,
    warn: (text) => void warnings.push(text),
  };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Numbers that look random and are the same in every run. */
function sequence(): () => number {
  let state = 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
