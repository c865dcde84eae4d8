import { isAlreadyExists, isForbidden, isNotFound } from '@berth/api';

/** What an error says, for events and conditions. */
export const messageOf = (err: unknown): string =>
  err instanceof Error ? err.message : String(err);

/** For `catch`: what is gone already is gone. */
export function unlessNotFound(err: unknown): undefined {
  if (isNotFound(err)) return undefined;
  throw err;
}

/** For `catch`: what is there already is there. */
export function unlessExists(err: unknown): undefined {
  if (isAlreadyExists(err)) return undefined;
  throw err;
}

/** Whether something was refused because its namespace is going: trying again is useless, and saying so is noise. */
export const isNamespaceTerminating = (err: unknown): boolean =>
  isForbidden(err) &&
  (err.status.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');

/** For `catch`: nothing more can be made where everything is going. */
export function unlessNamespaceTerminating(err: unknown): undefined {
  if (isNamespaceTerminating(err)) return undefined;
  throw err;
}
