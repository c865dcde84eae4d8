/** The asked revision has been compacted, or lies ahead of the newest. */
export class ExpiredError extends Error {
  /** The oldest revision that is still kept, 0 when unknown. */
  readonly oldest: number;

  constructor(message: string, oldest = 0) {
    super(message);
    this.name = 'ExpiredError';
    this.oldest = oldest;
  }
}

/** The backend cannot be reached; nothing was changed. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** A write was sent and no answer came: it may have happened or not. It must not be sent again. */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError';
}

/** The watcher fell too far behind and was cut off. */
export class SlowWatcherError extends Error {
  override readonly name = 'SlowWatcherError';
}

/** The value exceeds what a backend takes; nothing was changed. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}
