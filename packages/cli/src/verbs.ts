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
  describe: {
    summary: 'Show all about objects, with their events',
    load: async () => (await import('./commands/describe.ts')).describeVerb,
  },
  apply: {
    summary: 'Bring objects to what files say',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  plan: {
    summary: 'Say where the pods of files would go',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  create: {
    summary: 'Create objects from files',
    load: async () => (await import('./commands/create.ts')).create,
  },
  delete: {
    summary: 'Delete objects',
    load: async () => (await import('./commands/delete.ts')).deleteVerb,
  },
  logs: {
    summary: 'Print what containers wrote',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  exec: {
    summary: 'Run a command in a container',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  why: {
    summary: 'Say why a pod is nowhere or not ready, and what helps',
    load: async () => (await import('./commands/why.ts')).why,
  },
  scale: {
    summary: 'Change how many replicas there are',
    load: async () => (await import('./commands/scale.ts')).scale,
  },
  'rollout status': {
    summary: 'Follow a rollout to its end',
    load: async () => (await import('./commands/rollout-status.ts')).rolloutStatus,
  },
  'rollout history': {
    summary: 'Show the revisions of a Deployment',
    load: async () => (await import('./commands/rollout-history.ts')).rolloutHistory,
  },
  'rollout undo': {
    summary: 'Go back to an earlier revision',
    load: async () => (await import('./commands/rollout-undo.ts')).rolloutUndo,
  },
  'rollout restart': {
    summary: 'Replace all pods, a few at a time',
    load: async () => (await import('./commands/rollout-change.ts')).rolloutRestart,
  },
  'rollout pause': {
    summary: 'Let changes wait',
    load: async () => (await import('./commands/rollout-change.ts')).rolloutPause,
  },
  'rollout resume': {
    summary: 'Let changes that wait happen',
    load: async () => (await import('./commands/rollout-change.ts')).rolloutResume,
  },
  label: {
    summary: 'Change labels',
    load: async () => (await import('./commands/label.ts')).label,
  },
  annotate: {
    summary: 'Change annotations',
    load: async () => (await import('./commands/label.ts')).annotate,
  },
  wait: {
    summary: 'Wait until objects are in some state',
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  'top nodes': {
    summary: 'Show what nodes use',
    load: async () => (await import('./commands/top.ts')).topNodes,
  },
  'top pods': {
    summary: 'Show what pods use',
    load: async () => (await import('./commands/top.ts')).topPods,
  },
  cordon: {
    summary: 'Let no new pods onto a node',
    load: async () => (await import('./commands/cordon.ts')).cordon,
  },
  uncordon: {
    summary: 'Let new pods onto a node again',
    load: async () => (await import('./commands/cordon.ts')).uncordon,
  },
  drain: {
    summary: 'Have the pods of a node moved',
    load: async () => (await import('./commands/drain.ts')).drain,
  },
  'api-resources': {
    summary: 'Show what kinds of objects there are',
    load: async () => (await import('./commands/api-resources.ts')).apiResources,
  },
  version: {
    summary: 'Show versions',
    load: async () => (await import('./commands/version.ts')).version,
  },
  completion: {
    summary: 'Make a shell complete commands',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
};

/** What programs ask for, and help does not show. */
export const hiddenVerbs: Readonly<Record<string, VerbRow>> = {
  __complete: {
    summary: 'Answer a shell that completes',
    load: async () => (await import('./commands/complete.ts')).complete,
  },
};

/** Other words for the same. */
export const aliases: Readonly<Record<string, string>> = {
  'top node': 'top nodes',
  'top no': 'top nodes',
  'top pod': 'top pods',
  'top po': 'top pods',
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

/** Names and what they are about, for help. */
export const listing = (
  rows: readonly (readonly [string, { readonly summary: string }])[],
): string => rows.map(([name, { summary }]) => `  ${name.padEnd(20)}${summary}\n`).join('');
