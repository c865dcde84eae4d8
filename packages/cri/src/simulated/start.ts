import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSimulatedCri } from './runtime.ts';
import type { SimulatedCri, SimulatedOptions } from './runtime.ts';

export interface SimulatedRuntimeOptions extends SimulatedOptions {
  /** Path of the unix socket to serve CRI on. */
  readonly socket: string;
}

export interface SimulatedRuntime {
  /** For `connectCri`. */
  readonly endpoint: string;
  /** The same runtime without the socket. */
  readonly cri: SimulatedCri;
  close(): Promise<void>;
}

/** `createSimulatedCri` behind a socket, for an agent that talks to it as to any other runtime. */
export async function startSimulatedRuntime({
  socket,
  ...options
}: SimulatedRuntimeOptions): Promise<SimulatedRuntime> {
  const { serveCri } = await import('../server.ts');
  const cri = createSimulatedCri(options);
  const endpoint = `unix://${socket}`;
  await mkdir(dirname(socket), { recursive: true });
  await rm(socket, { force: true });
  const server = await serveCri(cri, endpoint, (err) =>
    options.logger.error('Failed to answer a runtime call', { err }),
  );
  return {
    endpoint,
    cri,
    async close() {
      await server.close();
      cri.close();
      await rm(socket, { force: true });
    },
  };
}
