import { nodes, pods, services } from '@berth/api';
import type { ApiResponse, ResourceType } from '@berth/api';
import type { Registry } from '../registry/registry.ts';
import type { RequestContext } from '../request.ts';
import { bytesResponse } from '../response.ts';
import type { UpgradeHandler } from '../upgrades.ts';
import { plainAnswer, rewrittenAnswer } from './answer-of.ts';
import { exchange } from './exchange.ts';
import { forwardedHeaders } from './headers.ts';
import { joinConnections } from './join-connections.ts';
import { locateNode, locatePod, locateService } from './locate.ts';
import type { Locate, LocateOptions } from './locate.ts';
import { joined } from './rewrite-url.ts';
import { splitProxyPath } from './split-path.ts';
import type { Dial } from './target.ts';

export interface ProxiesOptions extends Omit<LocateOptions, 'reads'> {
  readonly registry: Pick<Registry, 'addSubresource' | 'reads'>;
  readonly dial: Dial;
}

const verbs = ['create', 'delete', 'get', 'patch', 'update'] as const;

/** Serves `pods/proxy`, `services/proxy` and `nodes/proxy`; gives what passes their upgrades on. */
export function serveProxies(options: ProxiesOptions): Readonly<Record<string, UpgradeHandler>> {
  const { registry } = options;
  const within = { ...options, reads: registry.reads };
  const proxies: readonly (readonly [ResourceType, string, Locate])[] = [
    [pods, 'PodProxyOptions', locatePod(within)],
    [services, 'ServiceProxyOptions', locateService(within)],
    [nodes, 'NodeProxyOptions', locateNode(within)],
  ];
  for (const [type, kind, locate] of proxies) {
    registry.addSubresource(type, 'proxy', {
      ...{ group: '', version: 'v1', kind, verbs, anyMethod: true },
      handler: (context) => pass(context, locate, options.dial),
    });
  }
  return Object.fromEntries(
    proxies.map(([{ resource }, , locate]) => [
      `${resource}/proxy`,
      (context, upgrade) => passUpgrade(context, upgrade, locate, options.dial),
    ]),
  );
}

async function pass(context: RequestContext, locate: Locate, dial: Dial): Promise<ApiResponse> {
  const { request, info, lifetime } = context;
  const { prefix, path, query } = splitProxyPath(request.path, info);
  const target = await locate(info.namespace, info.name);
  // Links relative to the root of the target would lead to our own otherwise.
  if (path === '' && (request.method === 'GET' || request.method === 'HEAD')) {
    return bytesResponse(301, new Uint8Array(), { location: `${prefix}/${query}` });
  }
  const headers = {
    ...forwardedHeaders(request.headers),
    'x-forwarded-uri': joined(prefix, path || '/'),
  };
  const passed = { ...request, headers, path: `${path || '/'}${query}` };
  const { response, upgraded } = await exchange(target, passed, dial, lifetime.signal);
  upgraded?.socket.destroy();
  const requestHost = request.headers['host'] ?? '';
  return rewrittenAnswer(response, { targetHost: target.host, requestHost, prefix });
}

async function passUpgrade(
  { request, info, lifetime }: RequestContext,
  upgrade: Parameters<UpgradeHandler>[1],
  locate: Locate,
  dial: Dial,
): Promise<ApiResponse | undefined> {
  const { path, query } = splitProxyPath(request.path, info);
  const target = await locate(info.namespace, info.name);
  const headers = {
    ...forwardedHeaders(request.headers),
    connection: 'Upgrade',
    upgrade: request.headers['upgrade'] ?? '',
  };
  const passed = { ...request, headers, path: `${path || '/'}${query}` };
  const { response, upgraded } = await exchange(target, passed, dial, lifetime.signal);
  if (!upgraded) return plainAnswer(response);
  joinConnections(upgrade, response, upgraded);
  return undefined;
}
