import type { Container, Probe } from '@berth/api';
import type { RuntimeService } from '@berth/cri';

import { probeExec } from './exec.ts';
import { probeGrpc } from './grpc.ts';
import { probeHttp } from './http.ts';
import { failed } from './probe-result.ts';
import type { ProbeResult, ProbeTarget } from './probe-result.ts';
import { probeTcp } from './tcp.ts';

export interface ProbeRequest {
  readonly probe: Probe;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

/** Runs a probe once; `signal` ends it when its time is up. Rejects when it could not be run at all. */
export type ProbeRunner = (request: ProbeRequest, signal: AbortSignal) => Promise<ProbeResult>;

/** Probes over the node's network, commands through the runtime. */
export const createProbeRunner =
  (runtime: RuntimeService): ProbeRunner =>
  async ({ probe, container, containerId, podIp }, signal) => {
    const { exec, httpGet, tcpSocket, grpc, timeoutSeconds = 1 } = probe;
    if (exec) return probeExec(runtime, containerId, exec.command ?? [], timeoutSeconds);
    const network = httpGet ?? tcpSocket;
    const port = grpc?.port ?? portOf(container, network?.port);
    if (port === undefined) return failed(`couldn't find port: ${network?.port}`);
    const target: ProbeTarget = { host: network?.host || podIp, port };
    if (httpGet) return probeHttp(httpGet, target, signal);
    if (tcpSocket) return probeTcp(target, signal);
    return probeGrpc(target, grpc?.service ?? '', signal);
  };

/** Ports go by number, or by the name that the container gives one. */
export function portOf(
  { ports = [] }: Container,
  port: number | string | undefined,
): number | undefined {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port)?.containerPort;
  const number = Number(port);
  return named ?? (Number.isInteger(number) && number > 0 ? number : undefined);
}
