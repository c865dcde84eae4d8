import type { Status } from '@berth/api';
import { formatMicroTime } from '@berth/component-base';
import type { RequestContext, UserInfo } from '../request.ts';
import { withoutManagedFields } from './without-managed-fields.ts';
import type { Recording } from './recording.ts';
import type { Stage } from './policy.ts';

/** What is known of a request so far. */
export interface Known {
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly impersonated?: UserInfo;
  readonly request?: unknown;
  readonly response?: unknown;
  readonly status?: Partial<Status>;
  readonly annotations: Readonly<Record<string, string>>;
}

const longestUserAgent = 1024;

/** An `Event` of audit.k8s.io/v1; what the level leaves out is not in it. */
export function auditEvent(
  stage: Stage,
  now: number,
  context: RequestContext,
  recording: Recording,
  known: Known,
): object {
  const { request, info, user, auditId = '', sourceIps = [] } = context;
  const { level } = recording;
  const shown = (value: unknown) =>
    recording.omitManagedFields ? withoutManagedFields(value) : value;
  const withRequest = level === 'Request' || level === 'RequestResponse';
  const { annotations, impersonated, status } = known;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: auditId,
    stage,
    requestURI: request.path,
    verb: info.verb,
    user: userOf(user),
    ...(impersonated && { impersonatedUser: userOf(impersonated) }),
    ...(sourceIps.length > 0 && { sourceIPs: sourceIps }),
    ...agentOf(request.headers['user-agent']),
    ...(info.isResource && { objectRef: objectRef(context, known.request) }),
    ...(status && { responseStatus: { metadata: {}, ...status } }),
    ...(withRequest && known.request !== undefined && { requestObject: shown(known.request) }),
    ...(level === 'RequestResponse' &&
      known.response !== undefined && { responseObject: shown(known.response) }),
    requestReceivedTimestamp: formatMicroTime(known.receivedAt),
    stageTimestamp: formatMicroTime(stage === 'RequestReceived' ? known.receivedAt : now),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

const userOf = ({ name, uid, groups, extra }: UserInfo) => ({
  ...(name && { username: name }),
  ...(uid !== undefined && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && { extra }),
});

const agentOf = (agent: string | undefined) =>
  agent
    ? {
        userAgent:
          agent.length > longestUserAgent
            ? `${agent.slice(0, longestUserAgent)}...TRUNCATED`
            : agent,
      }
    : {};

interface WithMeta {
  readonly metadata?: {
    readonly name?: unknown;
    readonly namespace?: unknown;
    readonly uid?: unknown;
    readonly resourceVersion?: unknown;
  };
}

/** The path says what is meant, and the object in the body what the path does not know. */
function objectRef({ info }: RequestContext, request: unknown) {
  const { group, version, namespace, resource, subresource, name } = info;
  const { metadata } = (typeof request === 'object' && request !== null ? request : {}) as WithMeta;
  const own = metadata ?? {};
  const text = (path: string, value: unknown) => path || (typeof value === 'string' ? value : '');
  const ref = {
    resource,
    namespace: text(namespace, own.namespace),
    name: text(name, own.name),
    uid: text('', own.uid),
    apiGroup: group,
    apiVersion: version,
    resourceVersion: text('', own.resourceVersion),
    subresource,
  };
  return Object.fromEntries(Object.entries(ref).filter(([, value]) => value !== ''));
}
