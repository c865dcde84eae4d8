import type {
  NodeExplanation,
  NodeRefusal,
  PlacementExplanationStatus,
  Suggestion,
} from '@berth/api';

/** Nodes of one group that are named; of the others their number is told. */
const mostNames = 5;
const mostGroups = 8;

/** Why a pod is where it is, or nowhere: lines for people, indented by what they belong to. */
export function placementLines(status: PlacementExplanationStatus): readonly string[] {
  const { outcome, message, preemption, suggestions = [] } = status;
  switch (outcome) {
    case 'Bound':
      return ['where it is, and what the scheduler would say now:', ...scoreLines(status)];
    case 'Schedulable':
      return [message, ...scoreLines(status)];
    case 'OtherScheduler':
      return [message];
    default:
      return [
        outcome === 'Gated' ? `it is held back: ${message}` : `no node takes it: ${message}`,
        ...refusalLines(status.nodes),
        ...(preemption ? [`  preemption: ${preemption.message}`] : []),
        ...suggestionLines(suggestions),
      ];
  }
}

function scoreLines({ nodes, node, runnerUp }: PlacementExplanationStatus): readonly string[] {
  const told = [node, runnerUp].flatMap((name) => nodes.find((each) => each.name === name) ?? []);
  return told.map((each, i) => {
    const which = i === 0 ? 'node' : 'next best:';
    return `  ${which} ${each.name} ${each.fits ? scoreText(each) : refusalText(each.refusals ?? [])}`;
  });
}

function scoreText({ scores = {}, total = 0 }: NodeExplanation): string {
  const parts = Object.entries(scores).map(([plugin, score]) => `${plugin} ${score}`);
  return parts.length === 0 ? '' : `scores ${total}: ${parts.join(', ')}`;
}

/** Nodes that are refused for the same reasons go together; those that are nearest come first. */
function refusalLines(nodes: readonly NodeExplanation[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { name, refusals = [], fits } of nodes) {
    if (fits) continue;
    const text = refusalText(refusals);
    const names = groups.get(text);
    if (names) names.push(name);
    else groups.set(text, [name]);
  }
  const lines = [...groups].map(([text, names]) => `  - ${namesText(names)}: ${text}`);
  const more = lines.length - mostGroups;
  return more > 0
    ? [...lines.slice(0, mostGroups), `  - and ${more} more kinds of nodes: see -o yaml`]
    : lines;
}

export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}

const refusalText = (refusals: readonly NodeRefusal[]): string =>
  refusals
    .map(({ plugin, reasons, resources }) => {
      const amounts = (resources ?? []).map(
        ({ resource, requested, free, allocatable }) =>
          `${resource}: asks for ${requested}, ${free} of ${allocatable} free`,
      );
      const details = amounts.length > 0 ? ` (${amounts.join('; ')})` : '';
      return `${reasons.join(', ')}${details} [${plugin}]`;
    })
    .join('; ');

function suggestionLines(suggestions: readonly Suggestion[]): readonly string[] {
  const [best, ...others] = suggestions;
  if (!best) return ['  nothing is known that would help'];
  const linesOf = ({ changes, node }: Suggestion) => [
    ...changes.map(({ text }) => `    ${text}`),
    `      then it would go to node ${node}`,
  ];
  return [
    '  The smallest change that makes it fit, tried on the cluster as it is:',
    ...linesOf(best),
    ...others.flatMap((other) => ['  Or:', ...linesOf(other)]),
  ];
}
