import { goQuote } from '@berth/api';
import { amountText } from '../why/amount-text.ts';
import type { Obstacle } from './ledger.ts';
import type { QueueTerms } from './queue-terms.ts';

/** What a pod waits for that its queue holds back, for people. */
export function obstacleText(
  obstacle: Obstacle,
  queue: string,
  terms: QueueTerms | undefined,
): string {
  const own = `queue ${goQuote(queue)}`;
  if (obstacle.kind === 'unknown') return `${own} does not exist`;
  const { resource, requested, used, limit } = obstacle;
  const amount = (number: number) => `${resource}=${amountText(resource, number)}`;
  const numbers = `requested: ${amount(requested)}, used: ${amount(used)}, limited: ${amount(limit)}`;
  switch (obstacle.kind) {
    case 'limit': {
      const borrows = limit > (terms?.nominal.get(resource) ?? 0);
      return `${own} is at its ${borrows ? 'borrowing limit' : 'quota'}: ${numbers}`;
    }
    case 'cohort':
      return `${own} waits for what the queues of its cohort ${goQuote(terms?.cohort ?? '')} use: ${numbers}`;
    case 'capacity':
      return `${own} waits for what the cluster has: ${numbers}`;
  }
}
