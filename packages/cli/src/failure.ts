import { StatusError } from '@berth/api';
import type { Status } from '@berth/api';

/** What a failure answer says: its Status, or its text when a stranger answered. */
export function failureOf(code: number, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Status;
    if (status.kind === 'Status') return new StatusError({ ...status, code: status.code ?? code });
  } catch {
    // Not a Status; the text is the best there is.
  }
  return new StatusError({
    status: 'Failure',
    message: text.slice(0, 1000) || `HTTP ${code}`,
    code,
  });
}
