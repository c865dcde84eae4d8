import { makePod } from '@berth/api/testing';
import { systemClock } from '@berth/component-base';
import { createClusterState, createSchedulingQueue } from '@berth/scheduler';
import type { Row } from './rows.ts';

const refusedBy = new Set(['NodeResourcesFit']);
const podGone = { label: 'AssignedPodDelete', helps: refusedBy };

/** CPU of this process, in µs. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** µs of CPU per call, after a tenth of the calls to get warm. */
function perCall(calls: number, call: (i: number) => void): number {
  for (let i = 0; i < calls / 10; i += 1) call(i);
  const began = cpu();
  for (let i = 0; i < calls; i += 1) call(i);
  return (cpu() - began) / calls;
}

/** Pods that wait: what it costs to queue them, to have them parked, and to wake them. */
export async function measureQueue(): Promise<readonly Row[]> {
  const state = createClusterState();
  const open = new Set<string>();
  const start = () =>
    createSchedulingQueue({
      clock: systemClock,
      groupOf: ({ shape }) => shape.key,
      isGated: () => false,
      isPlaceable: ({ shape }) => open.has(shape.key),
    });
  const infos = Array.from({ length: 10_000 }, (_, i) =>
    state.podInfo(makePod(`p${i}`, { priority: i % 3 })),
  );

  const passing = start();
  const through = perCall(infos.length, (i) => {
    passing.add(infos[i]!);
    passing.remove(passing.take()!.info.key);
  });

  const parked = start();
  for (const info of infos) parked.add(info);
  for (let pod = parked.take(); pod; pod = parked.take()) parked.park(pod, refusedBy);
  const stop = new AbortController();
  const waiting = parked.ready(stop.signal);
  // What made them leaves garbage, and that is not what is measured.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const still = cpu();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const idle = cpu() - still;
  stop.abort();
  await waiting;

  const vain = perCall(10_000, () => {
    parked.happened(podGone);
    parked.take();
  });
  for (const { shape } of infos) open.add(shape.key);
  parked.happened(podGone);
  let woken = 0;
  const began = cpu();
  for (let pod = parked.take(); pod; pod = parked.take()) {
    parked.placed(pod);
    parked.remove(pod.info.key);
    woken += 1;
  }
  const wake = (cpu() - began) / woken;
  for (const queue of [passing, parked]) queue.close();
  const row = (name: string, us: number, text: string, limit: number): Row => ({
    name,
    value: `${us.toFixed(2)} µs`,
    goal: { text, met: us <= limit },
  });
  return [
    row('queue: a pod in and out', through, '≤ 10 µs CPU', 10),
    {
      name: 'queue: 10,000 parked, 2 s in which nothing happens',
      value: `${(idle / 1000).toFixed(1)} ms`,
      goal: { text: '≤ 10 ms CPU', met: idle <= 10_000 },
      note: 'the whole process',
    },
    row('queue: an event that helps none of 10,000 alike', vain, '≤ 5 µs CPU', 5),
    row(`queue: waking ${woken} parked pods, each`, wake, '≤ 20 µs CPU', 20),
  ];
}
