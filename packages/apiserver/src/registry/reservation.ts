import type { Reservation } from './strategy.ts';
import { isUnknownOutcome } from './store-errors.ts';

/**
 * Runs a write around a reservation: given back when the write failed, lost its race (undefined) or was a dry run,
 * settled when it is stored.
 * When nobody knows whether it is stored, what was reserved stays reserved: a leaked address is better than one
 * handed out twice.
 */
export async function keepReservation<R>(
  reservation: Reservation<unknown> | undefined,
  dryRun: boolean,
  write: () => Promise<R>,
): Promise<R> {
  if (!reservation) return write();
  let result: R;
  try {
    result = await write();
  } catch (err) {
    if (!isUnknownOutcome(err)) await reservation.release();
    throw err;
  }
  if (dryRun || result === undefined) await reservation.release();
  else await reservation.settle?.();
  return result;
}
