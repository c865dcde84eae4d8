import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@berth/component-base';
import { markProcess } from './process-table.ts';
import type { ProcessMark } from './process-table.ts';

/** What an `up` made on this machine: enough for a `down` that comes much later, after a crash or a reboot. */
export interface ClusterState {
  readonly runtime: 'containerd' | 'simulated';
  readonly nodes: readonly string[];
  /** The `up` that looks after the cluster. */
  readonly supervisor: ProcessMark;
  readonly programs: Readonly<Record<string, ProcessMark>>;
  readonly server: string;
}

export async function readState(file: string): Promise<ClusterState | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
}

/** Writes the state as it changes, one write after the other. */
export function createStateKeeper(file: string, initial: ClusterState) {
  let state = initial;
  let written: Promise<void> = Promise.resolve();
  const after = (change: () => Promise<void>): Promise<void> => {
    const next = written.catch(() => undefined).then(change);
    written = next;
    return next;
  };
  const write = () => writeFileAtomic(file, `${JSON.stringify(state, undefined, 2)}\n`);
  return {
    start: () => after(write),
    /** A failure shows when the next write is waited for. */
    setProgram(name: string, pid: number): void {
      after(async () => {
        state = { ...state, programs: { ...state.programs, [name]: await markProcess(pid) } };
        await write();
      }).catch(() => undefined);
    },
    settled: () => written,
  };
}
