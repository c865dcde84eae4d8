/** A call that did not succeed. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** gRPC's status; undefined when no answer came. */
  readonly code: number | undefined;
  /** Whether the request may have reached the server. */
  readonly sent: boolean;

  constructor(
    message: string,
    { code, sent, cause }: Pick<CallError, 'sent'> & Partial<CallError>,
  ) {
    super(message, { cause });
    this.code = code;
    this.sent = sent;
  }
}
