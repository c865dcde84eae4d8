import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { churn } from '../churn/churn.ts';
import { startApiServer } from './api-server.ts';
import type { Row } from './rows.ts';

const everyMs = 60_000;
const pause = () => wait(everyMs);

/** An informer of client-node through objects that come and go, and a server that falls every minute. */
export async function measureChurn(minutes: number): Promise<readonly Row[]> {
  const server = await startApiServer({ store: 'embedded' });
  try {
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    const { restart } = server;
    const random = Math.random;
    const told = await churn({ config, restart, restarts: minutes - 1, pause, random });
    return [
      {
        name: `an informer through ${minutes} minutes and ${minutes - 1} falls`,
        value: `${told.problems.length} problems`,
        goal: { text: '0 problems', met: told.problems.length === 0 },
        note: `${told.writes} writes, ${told.events} events${told.problems.length > 0 ? `, first: ${told.problems[0]}` : ''}`,
      },
    ];
  } finally {
    await server.stop();
  }
}
