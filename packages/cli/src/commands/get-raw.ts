import { StatusError } from '@berth/api';
import type { Status } from '@berth/api';
import { textOf } from '@berth/client';
import type { Cluster } from '../connection.ts';
import type { Session } from '../session.ts';

/** Prints what the server answers at a path, byte by byte as it comes. */
export async function printRaw(
  { screen }: Session,
  { transport }: Cluster,
  path: string,
): Promise<number> {
  const response = await transport({ method: 'GET', path, headers: {} });
  if (response.status >= 400) {
    const text = await textOf(response);
    throw new StatusError({ ...statusOf(text), code: response.status });
  }
  for await (const chunk of response.body) await screen.raw(chunk);
  return 0;
}

function statusOf(text: string): Status {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return { message: text };
  }
}
