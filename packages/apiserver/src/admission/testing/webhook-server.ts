import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCa, issueServer } from '@berth/component-base/pki';

/** What a webhook is asked. */
interface Asked {
  readonly path: string;
  readonly servername: string;
  readonly request: Readonly<Record<string, unknown>> & { readonly uid: string };
}

/** The `response` of an answer, a whole body, or undefined to never answer. */
type Answer = (asked: Asked) => object | undefined;

export interface WebhookServer {
  readonly port: number;
  /** For `caBundle`. */
  readonly caBundle: string;
  readonly asked: readonly Asked[];
  /** How many connections have been made. */
  connections(): number;
  close(): Promise<void>;
}

/** A webhook on loopback with a certificate for `names`. */
export async function startWebhook(
  names: readonly string[],
  answer: Answer,
): Promise<WebhookServer> {
  const now = Date.now();
  const validity = { notBefore: now - 60_000, notAfter: now + 3600_000 };
  const ca = await createCa('webhook-ca', validity);
  const { certPem: cert, keyPem: key } = await issueServer(ca, 'webhook', names, validity);
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { request } = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      const { servername = '' } = incoming.socket as { servername?: string };
      const question = { path: incoming.url ?? '', servername, request };
      asked.push(question);
      const response = answer(question);
      if (response === undefined) return;
      const whole = {
        kind: 'AdmissionReview',
        apiVersion: 'admission.k8s.io/v1',
        response: { uid: request.uid, ...response },
      };
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify('body' in response ? response.body : whole));
    });
  });
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(ca.certPem).toString('base64'),
    asked,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A patch as webhooks answer with it. */
export const patchResponse = (operations: readonly object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
