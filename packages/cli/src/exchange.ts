import { parseJson, stringifyJson } from '@berth/api';
import type { ApiResponse, Transport } from '@berth/api';
import { textOf } from '@berth/client';
import { failureOf } from './failure.ts';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  /** Integers may be bigints: what a person wrote is sent digit by digit. */
  readonly body?: unknown;
}

/** One request, for those that need more of the answer than its object. Throws `StatusError` for a failure answer. */
export async function exchange(
  transport: Transport,
  { method, path, contentType = 'application/json', body }: Exchange,
  signal?: AbortSignal,
): Promise<ApiResponse> {
  const response = await transport(
    {
      method,
      path,
      headers: {
        accept: 'application/json',
        'user-agent': 'berth',
        ...(body !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && { body: Buffer.from(stringifyJson(body)) }),
    },
    signal,
  );
  if (response.status >= 400) throw failureOf(response.status, await textOf(response));
  return response;
}

/** The same, with the answer read. */
export async function exchangeObject<T>(
  transport: Transport,
  request: Exchange,
): Promise<{ readonly status: number; readonly object: T }> {
  const response = await exchange(transport, request);
  return { status: response.status, object: parseJson(await textOf(response)).value as T };
}
