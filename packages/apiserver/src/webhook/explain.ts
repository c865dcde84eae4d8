interface SocketError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

const unknownAuthority = 'x509: certificate signed by unknown authority';

const certificateProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};

/** Why a call failed, in the words that people know from upstream. */
export function explain(err: unknown, host: string): string {
  if (!(err instanceof Error)) return 'the call failed';
  const { code = '', address = '', port = 0, message } = err as SocketError;
  const certificate = Object.hasOwn(certificateProblems, code) && certificateProblems[code];
  if (certificate) return `tls: failed to verify certificate: ${certificate}`;
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${host}`;
    case 'ECONNREFUSED':
      return `dial tcp ${address}:${port}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${address}:${port}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${address}:${port}: connect: network is unreachable`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'ABORT_ERR':
      return 'context canceled';
    default:
      return message;
  }
}
