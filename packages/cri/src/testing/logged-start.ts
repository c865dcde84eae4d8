/** When the runtime was at work on a call, in ms since 1970; what is less than one counts. */
export interface LoggedCall {
  readonly from: number;
  readonly to: number;
}

/** The three calls by which a pod of one container was started. */
export interface LoggedStart {
  readonly runPodSandbox: LoggedCall;
  readonly createContainer: LoggedCall;
  readonly startContainer: LoggedCall;
}

/**
 * How a pod was started, from what containerd (1.6 or 1.7) logs of its calls at level `info`: its first sandbox, and
 * the first container in that. Undefined when one of the calls is not there, or not its end.
 */
export function loggedStart(log: string, podUid: string): LoggedStart | undefined {
  const entries = log.split('\n').flatMap((line) => entryOf(line) ?? []);
  const ofPod = entries.filter(({ message }) => message.includes(`,Uid:${podUid},`));
  const sandbox = callOf(ofPod, 'RunPodSandbox for ', ' returns sandbox id ');
  if (!sandbox) return undefined;
  const within = `CreateContainer within sandbox ${sandbox.result} for `;
  const container = callOf(entries, within, ' returns container id ');
  if (!container) return undefined;
  const start = callOf(entries, `StartContainer for ${container.result}`, ' returns successfully');
  if (!start) return undefined;
  return { runPodSandbox: sandbox, createContainer: container, startContainer: start };
}

interface Entry {
  readonly at: number;
  readonly message: string;
}

/** A call is logged when it comes, and again with what it gave. */
function callOf(
  entries: readonly Entry[],
  call: string,
  returns: string,
): (LoggedCall & { readonly result: string }) | undefined {
  const own = entries.filter(({ message }) => message.startsWith(call));
  const [first] = own;
  const last = own.find(({ message }) => message.includes(returns));
  if (!first || !last || first === last) return undefined;
  const result = last.message.slice(last.message.indexOf(returns) + returns.length);
  return { from: first.at, to: last.at, result };
}

const entry = /^time="([^".]+)(\.\d+)?(Z|[+-]\d\d:\d\d)" .*?msg=("(?:[^"\\]|\\.)*")/;

function entryOf(line: string): Entry | undefined {
  const [, second, fraction = '', zone, message] = entry.exec(line) ?? [];
  if (second === undefined || message === undefined) return undefined;
  // Nanoseconds do not go into a Date.
  const at = Date.parse(`${second}${zone}`) + Number(fraction) * 1000;
  return { at, message: JSON.parse(message) as string };
}
