import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  pathSegment,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@berth/api';
import type { FieldError, NameRule, ObjectMeta } from '@berth/api';
import { ipAddressName } from './networking/canonical-ip.ts';
import type { Strategy } from './strategy.ts';

const nameRules: Readonly<Record<NonNullable<Strategy['nameKind']>, NameRule>> = {
  subdomain: dnsSubdomain,
  label: dnsLabel,
  label1035: dns1035Label,
  'path-segment': pathSegment,
  'ip-address': ipAddressName,
};

/** What is wrong with the metadata of a new object. */
export const metaProblems = (
  { type: { namespaced }, nameKind = 'subdomain' }: Strategy,
  metadata: ObjectMeta,
): readonly FieldError[] =>
  validateObjectMeta(metadata, { namespaced, nameRule: nameRules[nameKind] });

/** What is wrong with a change of metadata. The version was compared before, so a missing one is none here. */
export const metaUpdateProblems = (metadata: ObjectMeta, old: ObjectMeta): readonly FieldError[] =>
  validateObjectMetaUpdate({ ...metadata, resourceVersion: old.resourceVersion }, old);
