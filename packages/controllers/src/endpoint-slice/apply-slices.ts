import { endpointSlices } from '@berth/api';
import type { Client } from '@berth/client';
import type { Expectations } from '../expectations.ts';
import { unlessNamespaceTerminating, unlessNotFound } from '../failures.ts';
import type { SlicePlan } from './allocate.ts';

/** Writes what a plan says; what is made and removed is expected under `key` until the copy shows it. */
export async function applySlices(
  client: Client,
  expectations: Expectations,
  key: string,
  { create, update, remove }: SlicePlan,
): Promise<void> {
  for (const slice of update) await client.update(endpointSlices, slice);
  for (const draft of create) {
    expectations.expectCreations(key, 1);
    await client.create(endpointSlices, draft).catch((err: unknown) => {
      expectations.creationSeen(key);
      unlessNamespaceTerminating(err);
    });
  }
  for (const slice of remove) {
    expectations.expectDeletions(key, [slice.metadata.uid]);
    await client.remove(endpointSlices, slice.metadata).catch((err: unknown) => {
      expectations.deletionSeen(key, slice.metadata.uid);
      unlessNotFound(err);
    });
  }
}
