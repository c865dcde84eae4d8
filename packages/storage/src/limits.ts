import { TooLargeError } from './errors.ts';

/** etcd takes requests of 1.5 MiB; what surrounds the value (key, conditions, raft's own header) must fit in too. */
export const maxValueBytes = 1.5 * 1024 * 1024 - 8 * 1024;

export function checkSize(key: string, value: Uint8Array): void {
  if (value.byteLength <= maxValueBytes) return;
  throw new TooLargeError(`${key}: ${value.byteLength} bytes, but ${maxValueBytes} are allowed`);
}
