import type { Event, FieldError } from '@berth/api';
import { dnsSubdomain, invalidEach, invalidValue, required } from '@berth/api';
import { checkQualifiedName } from './field-checks.ts';
import { asGiven } from './given.ts';

/** Upstream's limits on the texts of an event. */
const longest = { action: 128, reason: 128, reportingInstance: 128, message: 1024 };

/**
 * Problems of an event as the core API takes it. `reporter` is how that API calls the field that names the reporting
 * controller. Events with an `eventTime` are of the newer sort, and must say more.
 */
export function validateEvent(
  event: Event,
  reporter: 'reportingComponent' | 'reportingController',
): readonly FieldError[] {
  const { namespace = '' } = event.metadata;
  return [
    ...(event.eventTime ? validateNewer(event, reporter) : []),
    ...validatePlace(event),
    ...invalidEach('namespace', namespace, dnsSubdomain(namespace)),
  ];
}

/** An event lies beside what it speaks of; those of the cluster lie in `default`. */
function validatePlace(event: Event): readonly FieldError[] {
  const about = asGiven(event).involvedObject?.namespace ?? '';
  const { namespace = '' } = event.metadata;
  const homeless = event.eventTime ? ['default', 'kube-system'] : ['', 'default'];
  const matches = about
    ? Boolean(event.eventTime) || namespace === about
    : homeless.includes(namespace);
  return matches
    ? []
    : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
}

function validateNewer(event: Event, reporter: string): readonly FieldError[] {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '' } = event;
  return [
    ...(reportingComponent ? [] : [required(reporter)]),
    ...checkQualifiedName(reporter, reportingComponent),
    ...(reportingInstance ? [] : [required('reportingInstance')]),
    ...checkLength('reportingInstance', reportingInstance),
    ...(action ? [] : [required('action')]),
    ...checkLength('action', action),
    ...(reason ? [] : [required('reason')]),
    ...checkLength('reason', reason),
    ...checkLength('message', event.message ?? ''),
  ];
}

const checkLength = (field: keyof typeof longest, text: string): readonly FieldError[] =>
  Buffer.byteLength(text) > longest[field]
    ? [invalidValue(field, '', `can have at most ${longest[field]} characters`)]
    : [];
