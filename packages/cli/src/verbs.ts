import type { ClusterCommand } from '@berth/cluster';
import type { Verb } from './verb.ts';

export interface VerbRow {
  readonly summary: string;
  /** A verb is read when it is asked for: a command should not pay for the others. */
  readonly load: () => Promise<Verb<never>>;
}

/** The user's verbs, in the order in which help shows them. */
export const verbs: Readonly<Record<string, VerbRow>> = {
  get: {
    summary: 'Show objects',
    load: async () => (await import('./commands/get.ts')).get,
  },
  apply: {
    summary: 'Bring objects to what files say',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  create: {
    summary: 'Create the objects of files',
    load: async () => (await import('./commands/create.ts')).create,
  },
  delete: {
    summary: 'Delete objects',
    load: async () => (await import('./commands/delete.ts')).remove,
  },
  logs: {
    summary: 'Print what containers wrote',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  exec: {
    summary: 'Run a command in a container',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  scale: {
    summary: 'Change how many replicas there are',
    load: async () => (await import('./commands/scale.ts')).scale,
  },
};

/** What runs a cluster; each reads its own flags. */
export const clusterCommands: Readonly<Record<ClusterCommand, string>> = {
  up: 'Start a whole cluster on this machine',
  down: 'Stop it, and remove what it made',
  load: 'Put an image archive into the nodes of this machine',
  token: 'Create a bootstrap token for a new node',
  join: 'Turn this machine into a node',
  apiserver: 'Run an API server',
  scheduler: 'Run a scheduler',
  'controller-manager': 'Run the controllers',
  'control-plane': 'Run API server, scheduler and controllers in one process',
  agent: 'Run the agent of one node',
  simulate: 'Run nodes whose containers are pretended',
};
