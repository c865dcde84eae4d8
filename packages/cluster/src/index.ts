export { commands } from './commands.ts';
export type { ClusterCommand } from './commands.ts';
