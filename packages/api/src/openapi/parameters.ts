/** A parameter, the same in both versions of OpenAPI. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

type Row = readonly [Parameter['type'], string];

const query: Readonly<Record<string, Row>> = {
  allowWatchBookmarks: [
    'boolean',
    'Send BOOKMARK events, which say how far the watch has come, now and then.',
  ],
  continue: ['string', 'The token of the page before: gives the next page of a limited list.'],
  dryRun: ['string', 'With the value All, every check is made and nothing is stored.'],
  fieldManager: ['string', 'Who makes the change, up to 128 printable characters.'],
  fieldSelector: ['string', 'Only objects whose fields match.'],
  fieldValidation: [
    'string',
    'What to do with unknown and repeated fields: Ignore, Warn (the default) or Strict.',
  ],
  follow: ['boolean', 'Go on with what is logged from now on.'],
  force: ['boolean', 'Take over fields that belong to other managers. For apply patches only.'],
  gracePeriodSeconds: ['integer', 'How long the object may take to end; 0 is at once.'],
  labelSelector: ['string', 'Only objects whose labels match.'],
  limit: ['integer', 'The most objects to list; the answer has a token for the rest.'],
  limitBytes: ['integer', 'End after this many bytes.'],
  orphanDependents: ['boolean', 'Superseded by propagationPolicy.'],
  previous: ['boolean', 'The container that ended before this one.'],
  propagationPolicy: ['string', 'What happens to dependents: Orphan, Background or Foreground.'],
  resourceVersion: ['string', 'The state to read from.'],
  resourceVersionMatch: ['string', 'How resourceVersion is meant: Exact or NotOlderThan.'],
  sendInitialEvents: [
    'boolean',
    'Start a watch with an ADDED event per object that is there, and a bookmark after the last.',
  ],
  sinceSeconds: ['integer', 'Only what was logged in the last seconds.'],
  sinceTime: ['string', 'Only what was logged since then.'],
  stream: ['string', 'All, Stdout or Stderr.'],
  tailLines: ['integer', 'Only the last lines.'],
  timeoutSeconds: ['integer', 'When to end the request, whatever happens.'],
  timestamps: ['boolean', 'Start each line with its time.'],
  watch: ['boolean', 'Answer with a stream of changes.'],
  command: ['string', 'The command line, one value per argument.'],
  container: ['string', 'Which container of the pod; may be left out where there is one.'],
  path: ['string', 'What to ask the target for.'],
  ports: ['integer', 'Which ports to forward.'],
  stderr: ['boolean', 'Attach the standard error.'],
  stdin: ['boolean', 'Attach the standard input.'],
  stdout: ['boolean', 'Attach the standard output.'],
  tty: ['boolean', 'Give the command a terminal.'],
};

const path: Readonly<Record<string, string>> = {
  namespace: 'The namespace of the object.',
  name: 'The name of the object.',
  path: 'What follows in the path goes to the target.',
};

export function queryParameter(name: string): Parameter {
  const [type, description] = query[name] ?? ['string', name];
  return { name, in: 'query', type, description };
}

export const pathParameter = (name: string): Parameter => ({
  name,
  in: 'path',
  type: 'string',
  description: path[name] ?? name,
});

const listing = [
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
];
const deleting = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];
const writing = ['dryRun', 'fieldManager', 'fieldValidation'];

/** The query parameters that each action understands. */
export const queryOf: Readonly<Record<string, readonly string[]>> = {
  get: [],
  list: ['allowWatchBookmarks', ...listing, 'watch'],
  post: writing,
  put: writing,
  patch: [...writing, 'force'],
  delete: deleting,
  deletecollection: [...deleting, ...listing],
};

/** The query parameters of subresources that answer with bytes. */
export const streamQueryOf: Readonly<Record<string, readonly string[]>> = {
  log: [
    'container',
    'follow',
    'limitBytes',
    'previous',
    'sinceSeconds',
    'sinceTime',
    'stream',
    'tailLines',
    'timestamps',
  ],
  attach: ['container', 'stderr', 'stdin', 'stdout', 'tty'],
  exec: ['command', 'container', 'stderr', 'stdin', 'stdout', 'tty'],
  portforward: ['ports'],
  proxy: ['path'],
};
