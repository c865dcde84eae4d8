import { randomUUID } from 'node:crypto';
import { nodes as nodesType } from '@berth/api';
import { defaultAdmission, startApiServer } from '@berth/apiserver/testing';
import type { TestServer } from '@berth/apiserver/testing';
import { createClient, createEventRecorder, createInformerFactory } from '@berth/client';
import type { Client } from '@berth/client';
import { silentLogger, systemClock } from '@berth/component-base';
import { createMetrics } from '@berth/component-base/metrics';
import { createControllers } from '@berth/controllers';
import type { ControllersOptions } from '@berth/controllers';
import { makePlacement } from '@berth/cluster/testing';
import { createScheduler, createSchedulerMetrics, defaultConfiguration } from '@berth/scheduler';
import type { Storage } from '@berth/storage';
import { eventually } from '../eventually.ts';
import { registerNode, runFakeKubelet } from './fake-kubelet.ts';

export const rootCa = '-----BEGIN CERTIFICATE-----\nthe root\n-----END CERTIFICATE-----\n';

/** API server, scheduler and all controllers in this process, and nodes that say yes to everything. */
export interface ControlPlane {
  readonly api: TestServer;
  readonly client: Client;
  close(): Promise<void>;
}

const controllerName = 'system:kube-controller-manager';
const clock = systemClock;
const random = Math.random;
const logger = silentLogger;

export interface PlaneOptions {
  readonly nodes?: readonly string[];
  readonly controllers?: Partial<ControllersOptions>;
}

export async function startControlPlane(
  storage: Storage,
  { nodes = ['node-1', 'node-2'], controllers: settings = {} }: PlaneOptions = {},
): Promise<ControlPlane> {
  const controllerManager = { name: controllerName, groups: ['system:authenticated'] };
  const api: TestServer = await startApiServer({
    storage,
    admission: defaultAdmission({ clock, random, newUid: randomUUID }),
    placement: makePlacement({
      configuration: defaultConfiguration,
      controllerTransport: () => api.as(controllerManager),
    }),
  });
  const client = createClient(api.transport, { userAgent: 'test' });
  const stop = new AbortController();
  const loops = (name: string) => {
    const user = { name, groups: ['system:authenticated'] };
    const own = createClient(api.as(user), { userAgent: name.replace('system:', '') });
    const informers = createInformerFactory({ client: own, clock, random, logger });
    const recorder = (component: string) =>
      createEventRecorder({ client: own, clock, logger, component, instance: randomUUID() });
    return { client: own, informers, recorder, clock, random, logger };
  };
  const forControllers = loops(controllerName);
  const controllers = createControllers(forControllers, {
    rootCa,
    hpa: { syncPeriodMs: 200 },
    ...settings,
  });
  const forScheduler = loops('system:kube-scheduler');
  const scheduler = createScheduler({
    ...forScheduler,
    recorder: forScheduler.recorder('default-scheduler'),
    metrics: createSchedulerMetrics(createMetrics()),
  });
  const running = [
    forControllers.informers.run(stop.signal),
    ...controllers.map((controller) => controller.run(stop.signal)),
    forScheduler.informers.run(stop.signal),
    scheduler.run(stop.signal),
    ...nodes.map((name, i) => runFakeKubelet(client, { name, number: i + 1 }, stop.signal)),
  ];
  await Promise.all(nodes.map((name) => registerNode(client, name)));
  await eventually(async () => {
    const { items } = await client.list(nodesType);
    return items.every(({ spec }) => (spec.taints ?? []).length === 0);
  });
  return {
    api,
    client,
    async close() {
      stop.abort();
      await Promise.all(running);
      await api.close();
    },
  };
}
