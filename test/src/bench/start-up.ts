import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from '../testing/cluster.ts';
import { median, range } from './rows.ts';
import type { Row } from './rows.ts';

const rounds = 5;
const readyGoalMs = 2_000;
const memoryGoalMiB = 200;
/** Long enough for what starting needed to be collected. */
const idleMs = 5_000;

/** From `berth up --detach` to its return with two simulated nodes ready, and what the control plane then takes. */
export async function measureStartUp(): Promise<readonly Row[]> {
  const ready: number[] = [];
  const whole: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    const cluster = await startCluster({ runtime: 'simulated', nodes: 2 });
    whole.push(performance.now() - startedAt);
    try {
      const said = JSON.parse(await readFile(join(cluster.dataDir, 'ready.json'), 'utf8')) as {
        readonly readyAfterSeconds: number;
      };
      ready.push(said.readyAfterSeconds * 1000);
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      const { 'control-plane': pid } = await cluster.pids();
      memory.push(await residentMiB(pid ?? 0));
    } finally {
      await cluster.stop();
    }
  }
  return [
    {
      name: 'two simulated nodes ready after the start, ms (median)',
      value: median(ready).toFixed(0),
      goal: { text: `≤ ${readyGoalMs}`, met: median(ready) <= readyGoalMs },
      note: `of ${rounds}: ${range(ready)}`,
    },
    {
      name: 'the whole `berth up --detach`, ms (median)',
      value: median(whole).toFixed(0),
      note: range(whole),
    },
    {
      name: 'control plane resident, idle, MiB (median)',
      value: median(memory).toFixed(0),
      goal: { text: `≤ ${memoryGoalMiB}`, met: median(memory) <= memoryGoalMiB },
    },
  ];
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}
