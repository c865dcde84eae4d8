import { Lifetime } from '../lifetime.ts';
import { requestInfo } from '../request-info.ts';
import type { RequestContext, UserInfo } from '../request.ts';

export interface ContextOptions {
  readonly user?: UserInfo;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly lifetime?: Lifetime;
  readonly warn?: (text: string) => void;
}

/** A request as a handler or filter sees it. */
export function makeContext(
  method: string,
  path: string,
  options: ContextOptions = {},
): RequestContext {
  const { user = { name: 'jane', groups: ['system:authenticated'] }, headers = {}, body } = options;
  return {
    request: {
      method,
      path,
      headers,
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
    },
    info: requestInfo(method, path),
    user,
    lifetime: options.lifetime ?? new Lifetime(),
    warn: options.warn ?? (() => undefined),
  };
}

export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export const readJson = async <T = Record<string, unknown>>(
  body: AsyncIterable<Uint8Array>,
): Promise<T> => JSON.parse(await readText(body)) as T;
