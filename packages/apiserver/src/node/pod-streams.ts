import { badRequest, pods } from '@berth/api';
import type { Clock, Logger } from '@berth/component-base';
import type { AttachRequest } from '@berth/component-base/node-protocol';
import { admitConnect } from '../admission/admit-connect.ts';
import type { Lookup } from '../lookup.ts';
import type { Registry } from '../registry/registry.ts';
import type { RequestContext } from '../request.ts';
import type { Upgrade } from '../server.ts';
import { upgradeRequired } from '../upgrades.ts';
import type { UpgradeHandler } from '../upgrades.ts';
import { parseAttachOptions, parseExecOptions } from './command-options.ts';
import { runSession } from './command-session.ts';
import type { CommandClient } from './command-session.ts';
import { podLog, podLogOverWebSocket } from './pod-log.ts';
import { chooseContainer, findPod, nodeOf } from './pod-target.ts';
import { acceptPortForward, servePortForward } from './port-forward.ts';
import { acceptSpdyClient } from './spdy-client.ts';
import { isSpdy } from './spdy-upgrade.ts';
import type { NodeStreams, WantedStream } from './stream-broker.ts';
import { acceptWebSocketClient } from './web-socket-client.ts';
import { isWebSocket } from './web-socket.ts';

export interface PodStreamsOptions {
  readonly registry: Pick<Registry, 'addSubresource' | 'reads' | 'admission'>;
  readonly streams: NodeStreams;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves `pods/log`, `exec`, `attach` and `portforward`; gives what takes their connections over. */
export function servePodStreams(
  options: PodStreamsOptions,
): Readonly<Record<string, UpgradeHandler>> {
  const { registry, streams, clock, logger } = options;
  // Another server may have made the pod a moment ago.
  const lookup: Lookup = (type, ref) => registry.reads.getFresh(type, ref);
  const log = { lookup, streams, clock };

  registry.addSubresource(pods, 'log', {
    ...{ group: '', version: 'v1', kind: 'Pod', verbs: ['get'] },
    handler: (context) => podLog(log, context),
  });
  const kinds = {
    exec: 'PodExecOptions',
    attach: 'PodAttachOptions',
    portforward: 'PodPortForwardOptions',
  };
  for (const [name, kind] of Object.entries(kinds)) {
    registry.addSubresource(pods, name, {
      ...{ group: '', version: 'v1', kind, verbs: ['create', 'get'] },
      handler: async () => {
        throw upgradeRequired();
      },
    });
  }

  const admit = (context: RequestContext) => {
    const { subresource } = context.info;
    const kind = kinds[subresource as keyof typeof kinds];
    return admitConnect(registry.admission, context, pods, kind);
  };
  const command =
    (asked: (query: URLSearchParams) => Asked): UpgradeHandler =>
    async (context, upgrade) => {
      const { info, lifetime } = context;
      const { namespace, name, query } = info;
      const { wanted, kind } = asked(query);
      const pod = await findPod(lookup, { namespace, name });
      await admit(context);
      const container = chooseContainer(pod, query.get('container') ?? '');
      const target = { namespace, pod: name, podUid: pod.metadata.uid, container, ...kind };
      const stream = await streams.open(nodeOf(pod), target, lifetime.signal);
      try {
        const client = await clientOf(upgrade, wanted, clock);
        if (client) return run(runSession(client, stream), context);
      } catch (err) {
        stream.close();
        throw err;
      }
      stream.close();
    };
  const run = (session: Promise<void>, { info }: RequestContext) => {
    session.catch((err: unknown) => logger.debug('Lost a stream', { err, path: info.path }));
  };

  return {
    'pods/log': (context, upgrade) => podLogOverWebSocket(log, context, upgrade),
    'pods/exec': command((query) => {
      const wanted = parseExecOptions(query);
      return { wanted, kind: { exec: wanted } };
    }),
    'pods/attach': command((query) => {
      const wanted = parseAttachOptions(query);
      return { wanted, kind: { attach: wanted } };
    }),
    async 'pods/portforward'(context, upgrade) {
      const { namespace, name } = context.info;
      const pod = await findPod(lookup, { namespace, name });
      await admit(context);
      await streams.mustReach(nodeOf(pod));
      const connection = await acceptPortForward(upgrade);
      run(servePortForward(connection, pod, { streams, logger }, context.lifetime.signal), context);
    },
  };
}

interface Asked {
  readonly wanted: AttachRequest;
  readonly kind: Pick<WantedStream, 'exec' | 'attach'>;
}

function clientOf(
  upgrade: Upgrade,
  wanted: AttachRequest,
  clock: Clock,
): Promise<CommandClient | undefined> {
  if (isWebSocket(upgrade)) return acceptWebSocketClient(upgrade, wanted);
  if (isSpdy(upgrade)) return acceptSpdyClient(upgrade, wanted, clock);
  throw badRequest('Upgrade request required');
}
