export interface AcceptClause {
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
}

/** The clauses of an Accept header, the best liked first; what weighs nothing is left out. */
export function acceptClauses(accept: string | undefined): readonly AcceptClause[] {
  if (!accept) return [];
  return accept
    .split(',')
    .map(parseClause)
    .filter((clause) => weight(clause) > 0)
    .sort((a, b) => weight(b) - weight(a));
}

function weight({ params }: AcceptClause): number {
  const q = Number(params.get('q') ?? 1);
  return Number.isFinite(q) ? q : 0;
}

const known = new Map<string, AcceptClause>();
/** Clients have few things to say here, and whoever has more is read anew each time. */
const knownAtMost = 256;

/** `application/json;as=Table`: the type and its parameters, names in lower case. */
export function parseClause(text: string): AcceptClause {
  const found = known.get(text);
  if (found) return found;
  const clause = readClause(text);
  if (known.size < knownAtMost) known.set(text, clause);
  return clause;
}

function readClause(text: string): AcceptClause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const params = rest.map((part): [string, string] => {
    const equals = part.indexOf('=');
    return equals < 0
      ? [part.toLowerCase(), '']
      : [part.slice(0, equals).toLowerCase(), part.slice(equals + 1)];
  });
  return { type: type.toLowerCase(), params: new Map(params) };
}
