import type { Probe } from '@berth/api';

/** A probe in one line, as kubectl prints it. */
export function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds = 1, periodSeconds = 10 } = probe;
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const times = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s`;
  return `${actionText(probe)} ${times} #success=${successThreshold} #failure=${failureThreshold}`;
}

function actionText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec) return `exec [${(exec.command ?? []).join(' ')}]`;
  if (httpGet) {
    const { scheme = 'HTTP', host = '', port, path = '' } = httpGet;
    const slashed = path && !path.startsWith('/') ? `/${path}` : path;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${slashed}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''}`.trimEnd();
  return 'unknown';
}
