import type { Meaning } from './palette.ts';

const good =
  /^(Running|Ready|Active|Bound|Succeeded|Completed|Available|True|Healthy|Complete|Normal)$/;
const bad =
  /(BackOff|Err|Error|Fail|Failed|Failure|OOMKilled|Evicted|Invalid|NotReady|Unschedulable|Lost|Unknown|CannotRun|NeverPull|DeadlineExceeded|Warning)/;
const busy =
  /^(Pending|ContainerCreating|PodInitializing|Terminating|Init:|Waiting|Progressing|SchedulingGated|Released|Suspended|.*SchedulingDisabled)/;

/** What a cell of a table says about the health of its object; only columns that speak of health say anything. */
export function meaningOf(header: string, text: string): Meaning | undefined {
  switch (header) {
    case 'STATUS':
    case 'PHASE':
    case 'TYPE':
    case 'REASON':
      return stateMeaning(text, header === 'STATUS' || header === 'PHASE');
    case 'READY':
      return readyMeaning(text);
    default:
      return undefined;
  }
}

function stateMeaning(text: string, isState: boolean): Meaning | undefined {
  if (bad.test(text)) return 'bad';
  if (!isState) return undefined;
  if (busy.test(text)) return 'busy';
  return good.test(text) ? 'good' : undefined;
}

/** `1/2` is on its way, `2/2` is as it should be; what shall have none is neither. */
function readyMeaning(text: string): Meaning | undefined {
  const [, ready, wanted] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (ready === undefined || wanted === undefined || wanted === '0') return undefined;
  return Number(ready) >= Number(wanted) ? 'good' : 'busy';
}
