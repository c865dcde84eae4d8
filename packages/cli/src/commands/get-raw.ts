import type { Cluster } from '../connection.ts';
import { exchange } from '../exchange.ts';
import type { Session } from '../session.ts';

/** Prints what the server answers at a path, byte by byte as it comes. */
export async function printRaw(
  { screen }: Session,
  { transport }: Cluster,
  path: string,
): Promise<number> {
  const response = await exchange(transport, { method: 'GET', path });
  for await (const chunk of response.body) await screen.raw(chunk);
  return 0;
}
