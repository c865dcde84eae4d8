import { CriError } from '../../cri.ts';
import type { CriErrorReason } from '../../cri.ts';

/** For `assert.rejects`. */
export const hasReason = (reason: CriErrorReason) => (err: unknown) =>
  err instanceof CriError && err.reason === reason;
