import type { Command } from 'commander';
import { optionalValue } from './command-line.ts';
import { UsageError } from './usage-error.ts';

export type DryRun = 'none' | 'client' | 'server';

export const declareDryRun = (command: Command): Command =>
  command.addOption(
    optionalValue(
      '--dry-run [how]',
      'none, client or server: only see what would be done',
      'client',
    ),
  );

export function readDryRun(text = 'none'): DryRun {
  if (text === 'none' || text === 'client' || text === 'server') return text;
  throw new UsageError(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
}

/** What is said after a message about something that was not really done. */
export const dryRunNote = (dryRun: DryRun): string =>
  dryRun === 'none' ? '' : dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
