/** A volume that could not be made ready, in the words of a FailedMount event. */
export class VolumeError extends Error {
  readonly volume: string;

  constructor(volume: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VolumeError';
    this.volume = volume;
  }
}
