import type { EndpointSlice } from '@berth/api';
import type { Informer } from '@berth/client';
import type { Expectations } from '../expectations.ts';
import { managedByLabel, serviceNameLabel } from './labels.ts';

/** The slices that one controller made, by the `namespace/name` of what it made them for. */
export interface OwnSlices {
  of(key: string): readonly EndpointSlice[];
}

/** Follows the slices that `manager` made: they settle its expectations, and a change by anybody else wakes. */
export function followSlices(
  informer: Informer<EndpointSlice>,
  manager: string,
  expectations: Expectations,
  wake: (key: string) => void,
): OwnSlices {
  const isOwn = ({ metadata }: EndpointSlice) => metadata.labels?.[managedByLabel] === manager;
  informer.addIndex(manager, (slice) => (isOwn(slice) ? [servedKeyOf(slice)] : []));
  informer.addHandler({
    added(slice) {
      if (!isOwn(slice)) return;
      expectations.creationSeen(servedKeyOf(slice));
      wake(servedKeyOf(slice));
    },
    updated(before, slice) {
      // One that somebody took the label from is missing now.
      for (const state of [before, slice]) if (isOwn(state)) wake(servedKeyOf(state));
    },
    deleted(slice) {
      if (!isOwn(slice)) return;
      expectations.deletionSeen(servedKeyOf(slice), slice.metadata.uid);
      wake(servedKeyOf(slice));
    },
  });
  return { of: (key) => informer.lister.byIndex(manager, key) };
}

const servedKeyOf = ({ metadata }: EndpointSlice) =>
  `${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`;
