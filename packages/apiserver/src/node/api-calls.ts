import { Buffer } from 'node:buffer';
import { StatusError } from '@berth/api';
import type { ApiResponse, Status, Transport } from '@berth/api';

/** Requests that the server makes of itself in somebody's name, so that they are judged like everybody's. */
export interface ApiCalls {
  /** The body of the answer; throws `StatusError` for a failure. */
  call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
  /** The body as it comes; throws `StatusError` for a failure. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export function createApiCalls(transport: Transport): ApiCalls {
  const send = async (method: string, path: string, body: unknown, signal?: AbortSignal) => {
    const response = await transport(
      {
        method,
        path,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': contentTypes[method] ?? json }),
        },
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      },
      signal,
    );
    if (response.status >= 400) throw new StatusError(await failureOf(response));
    return response;
  };
  return {
    call: async <T>(method: string, path: string, body?: unknown, signal?: AbortSignal) =>
      JSON.parse(await textOf(await send(method, path, body, signal))) as T,
    stream: async (path, signal) => (await send('GET', path, undefined, signal)).body,
  };
}

const json = 'application/json';
const contentTypes: Readonly<Record<string, string>> = { PATCH: 'application/merge-patch+json' };

const failureOf = async (response: ApiResponse) =>
  JSON.parse(await textOf(response)) as Status & { readonly code: number };

async function textOf({ body }: ApiResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
