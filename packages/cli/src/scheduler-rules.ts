import { parseYaml } from '@berth/api';
import type { PlacementRules } from '@berth/api';
import type { Command } from 'commander';
import type { Host } from './host.ts';

export interface RulesFlags {
  readonly schedulerConfig?: string;
  readonly schedulerProfile?: string;
}

/** By what to decide, where not as the cluster's scheduler does. */
export function declareRules(command: Command): void {
  command
    .option('--scheduler-config <file>', 'decide by this KubeSchedulerConfiguration')
    .option('--scheduler-profile <name>', 'decide about all pods by this profile of it');
}

/** Undefined when nothing is asked for. */
export function readRules(
  { schedulerConfig, schedulerProfile }: RulesFlags,
  { readFile }: Pick<Host, 'readFile'>,
): PlacementRules | undefined {
  if (schedulerConfig === undefined && schedulerProfile === undefined) return undefined;
  return {
    ...(schedulerConfig !== undefined && { configuration: compact(readFile(schedulerConfig)) }),
    ...(schedulerProfile !== undefined && { profile: schedulerProfile }),
  };
}

/** Without comments and blanks, as it may have to go into a URL; what is wrong with it the server says. */
function compact(text: string): string {
  try {
    const { value, duplicates } = parseYaml(text);
    return duplicates.length > 0 ? text : JSON.stringify(value);
  } catch {
    return text;
  }
}
