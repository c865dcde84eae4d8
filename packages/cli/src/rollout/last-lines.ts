import { pathOf, pods } from '@berth/api';
import { textOf } from '@berth/client';
import type { Cluster } from '../connection.ts';
import { queryString } from '../query.ts';

export interface LogPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

const tailLines = 10;

/** What a container wrote last in the run before this one, else in this one; nothing when no log can be had. */
export async function lastLines(
  { transport }: Cluster,
  { namespace, pod, container }: LogPlace,
): Promise<readonly string[]> {
  for (const previous of [true, undefined]) {
    const query = queryString({ container, tailLines, previous });
    const path = pathOf(pods, { namespace, name: pod, subresource: 'log' }) + query;
    const response = await transport({ method: 'GET', path, headers: {} });
    const text = await textOf(response);
    if (response.status === 200 && text.trim()) return text.trimEnd().split('\n');
  }
  return [];
}
