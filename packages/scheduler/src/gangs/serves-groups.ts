import { isNotFound, podGroups } from '@berth/api';
import type { APIResourceList } from '@berth/api';
import type { Client } from '@berth/client';
import { sleep } from '@berth/component-base';
import type { Clock } from '@berth/component-base';

const againMs = 1_000;

/** Whether the API server has PodGroups, which upstream has behind a gate. Asks until there is an answer; false when `signal` aborts. */
export async function servesGroups(
  { client, clock }: { readonly client: Pick<Client, 'getPath'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<boolean> {
  const { group, version, resource } = podGroups;
  while (!signal.aborted) {
    try {
      const list = await client.getPath<APIResourceList>(`/apis/${group}/${version}`, signal);
      return list.resources.some(({ name }) => name === resource);
    } catch (err) {
      if (isNotFound(err)) return false;
      await sleep(clock, againMs, signal);
    }
  }
  return false;
}
