import { apiVersionOf } from '@berth/api';
import type { ApiResponse } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { Metrics } from '@berth/component-base/metrics';
import type { Access } from './access.ts';
import type { Aggregator } from './aggregator/aggregator.ts';
import { withRemote } from './aggregator/remote-openapi.ts';
import { accessReviews } from './endpoints/access-reviews.ts';
import { createDiscovery } from './endpoints/discovery.ts';
import { createHealth } from './endpoints/health.ts';
import type { HealthOptions } from './endpoints/health.ts';
import { identityReviews } from './endpoints/identity-reviews.ts';
import { createIssuerDocuments } from './endpoints/issuer.ts';
import { createOpenApi } from './endpoints/openapi.ts';
import { openApiSource } from './endpoints/openapi-source.ts';
import { reviewHandler, servedReview } from './endpoints/reviews.ts';
import { createUsageMetrics, usageResources } from './endpoints/usage-metrics.ts';
import type { Registry } from './registry/registry.ts';
import type { ServedResource } from './registry/served.ts';
import type { Handler, RequestInfo } from './request.ts';
import { jsonResponse, textResponse } from './response.ts';
import { createRouter } from './router.ts';
import type { PathHandler } from './router.ts';
import type { UsageStore } from './usage.ts';
import { version } from './version.ts';

export interface FinalHandlerOptions {
  readonly registry: Registry;
  /** Answers requests for stored resources. */
  readonly stored: Handler;
  readonly access: Access;
  readonly usage: UsageStore;
  /** Knows what others answer. */
  readonly aggregator: Aggregator;
  /** Resources beside those that every server computes. */
  readonly computed: readonly ComputedResource[];
  readonly checks: HealthOptions['checks'];
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A resource of which nothing is stored. */
export interface ComputedResource {
  readonly row: ServedResource;
  readonly handler: Handler;
}

/** What answers a request once it was let in. */
export interface FinalHandler {
  readonly handler: Handler;
  readonly isServed: (info: RequestInfo) => boolean;
  /** What this server answers itself. */
  readonly resources: () => readonly ServedResource[];
}

type Named = Pick<RequestInfo, 'group' | 'version' | 'resource'>;
const idOf = ({ group, version, resource }: Named) => `${group}/${version}/${resource}`;

/** Stored resources, computed ones, and every other path. */
export function createFinalHandler(options: FinalHandlerOptions): FinalHandler {
  const { registry, access, usage, clock, aggregator } = options;
  const usageMetrics = createUsageMetrics({
    usage,
    now: () => clock.now(),
    list: (type, namespace) => registry.reads.list(type, namespace),
  });
  const computed: readonly ComputedResource[] = [
    ...[...accessReviews(access), ...identityReviews(access.authenticateToken)].map((review) => ({
      row: servedReview(review),
      handler: reviewHandler(review),
    })),
    ...usageResources.map((row) => ({ row, handler: usageMetrics })),
    ...options.computed,
  ];
  const virtual = new Map(computed.map(({ row, handler }) => [idOf(row.type), handler]));
  const resources = () => [...registry.resources(), ...computed.map(({ row }) => row)];
  const router = createRouter({
    virtual,
    stored: options.stored,
    paths: paths(options, resources),
  });
  return {
    resources,
    isServed: (info) => virtual.has(idOf(info)) || registry.serves(info),
    handler: async (context) =>
      (await aggregator.answererFor(context.info)?.(context)) ?? router(context),
  };
}

function paths(
  { access, aggregator, checks, metrics, clock, logger }: FinalHandlerOptions,
  local: () => readonly ServedResource[],
): readonly PathHandler[] {
  /** Another server has its versions to itself. */
  const ownRows = () => {
    const remote = new Set(aggregator.remoteVersions().map(apiVersionOf));
    return remote.size === 0
      ? local()
      : local().filter(({ type }) => !remote.has(apiVersionOf(type)));
  };
  const resources = () => [
    ...ownRows(),
    ...aggregator.remoteVersions().flatMap(({ rows }) => rows),
  ];
  const discovery = createDiscovery({
    resources,
    stale: () => aggregator.remoteVersions().filter(({ current }) => !current),
    priorityOf: aggregator.priorityOf,
  });
  const issuer = createIssuerDocuments(access.serviceAccountTokens);
  const openApi = createOpenApi(withRemote(openApiSource(ownRows), aggregator));
  return [
    createHealth({ checks, clock, logger }),
    ({ path }, request) => discovery(path, request),
    openApi,
    exactly('/version', () => jsonResponse(200, version)),
    exactly('/metrics', async () =>
      textResponse(200, await metrics.text(), { 'content-type': metrics.contentType }),
    ),
    ({ path }) => issuer(path),
    exactly('/', () => jsonResponse(200, { paths: rootPaths(resources()) })),
  ];
}

const exactly =
  (wanted: string, answer: () => ApiResponse | Promise<ApiResponse>): PathHandler =>
  ({ path }) =>
    path === wanted || path === `${wanted}/` ? answer() : undefined;

function rootPaths(resources: readonly ServedResource[]): readonly string[] {
  const groups = [...new Set(resources.flatMap(({ type }) => (type.group ? [type.group] : [])))];
  const named = resources.flatMap(({ type }) => (type.group ? [apiVersionOf(type)] : []));
  return [
    '/.well-known/openid-configuration',
    '/api',
    '/api/v1',
    '/apis',
    ...[...groups, ...new Set(named)].sort().map((name) => `/apis/${name}`),
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/readyz',
    '/version',
  ];
}
