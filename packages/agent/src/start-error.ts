/** A container could not be started: `reason` is what `state.waiting.reason` shows. */
export class StartError extends Error {
  readonly reason: string;
  /** When trying again makes sense, in ms since the epoch; absent for the usual back-off. */
  readonly retryAt: number | undefined;

  constructor(
    reason: string,
    message: string,
    options: ErrorOptions & { readonly retryAt?: number } = {},
  ) {
    super(message, options);
    this.name = 'StartError';
    this.reason = reason;
    this.retryAt = options.retryAt;
  }
}

/** The pod's spec, or what it refers to, does not give a container that could be made. */
export const configError = (message: string): StartError =>
  new StartError('CreateContainerConfigError', message);

export const textOf = (err: unknown): string => (err instanceof Error ? err.message : String(err));
