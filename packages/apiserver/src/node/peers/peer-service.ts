import { badRequest, forbidden, nodes, unauthorized } from '@berth/api';
import { X509Certificate } from 'node:crypto';
import type { Frame, PeerFrame } from '@berth/component-base/node-protocol';
import { userOfCertificate } from '../../authentication/authenticator.ts';
import type { CertificateSubject } from '../../authentication/authenticator.ts';
import type { StreamBroker } from '../stream-broker.ts';

/** The name by which API servers know each other: that of the certificate which kubelets are shown. */
export const peerName = 'kube-apiserver-kubelet-client';

/** Refuses everybody who is no API server of this cluster; `der` has been verified. */
export function mustBePeer(der: Uint8Array | undefined): void {
  if (!der) throw unauthorized('a client certificate of an API server is needed');
  const { subject } = new X509Certificate(der).toLegacyObject() as { subject?: CertificateSubject };
  if (subject && userOfCertificate(subject)?.name === peerName) return;
  throw forbidden(nodes, '', 'the client certificate is not that of an API server');
}

/** Carries a stream between another API server and a node of this one. Nobody passes it on a second time. */
export async function* carryForPeer(
  broker: Pick<StreamBroker, 'open'>,
  messages: AsyncIterable<PeerFrame>,
  signal: AbortSignal,
): AsyncIterable<Frame> {
  const incoming = messages[Symbol.asyncIterator]();
  const first = await incoming.next();
  const wanted = first.done ? undefined : first.value.wanted;
  if (!wanted) throw badRequest('the first message must say which stream is wanted');
  const { id: _id, ...request } = wanted.request;
  const stream = await broker.open(wanted.nodeName, request, signal);
  yield { channel: 'STDOUT', data: new Uint8Array(), end: false };
  const sent = forward(incoming, stream.send).finally(() => stream.close());
  yield* stream.frames;
  await sent;
}

async function forward(
  incoming: AsyncIterator<PeerFrame>,
  send: (frame: Frame) => Promise<void>,
): Promise<void> {
  for (let next = await incoming.next(); !next.done; next = await incoming.next())
    if (next.value.frame) await send(next.value.frame);
}
