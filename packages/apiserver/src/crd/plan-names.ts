import { findCondition, isConditionTrue, setCondition } from '@berth/api';
import type { CustomResourceDefinition } from '@berth/api';

type Definition = CustomResourceDefinition;
type Names = Definition['spec']['names'];
type Status = NonNullable<Definition['status']>;

/**
 * The status of a definition after its names were held against those of the other definitions of its group: what is
 * free, or its own, it gets. Once all names were accepted it is established, and stays so.
 */
export function planNames(
  definition: Definition,
  others: readonly Definition[],
  now: string,
): Status {
  const { spec, status = {} } = definition;
  const taken = takenNames(others.filter((other) => other.spec.group === spec.group));
  const { names, conflict } = accept(spec.names, status.acceptedNames, taken);
  const named = setCondition(status.conditions, conflict ?? accepted, now);
  const wasEstablished = isConditionTrue(status.conditions, 'Established');
  const conditions =
    wasEstablished || (conflict && findCondition(named, 'Established'))
      ? named
      : setCondition(named, conflict ? notAccepted : established, now);
  return {
    ...status,
    acceptedNames: names,
    conditions,
    storedVersions: status.storedVersions ?? [],
  };
}

const accepted = {
  type: 'NamesAccepted',
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};

const established = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};

const notAccepted = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};

interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

function takenNames(others: readonly Definition[]): Taken {
  const names = others.flatMap(({ status }) => status?.acceptedNames ?? []);
  const present = (texts: readonly (string | undefined)[]) =>
    new Set(texts.filter((text) => text !== undefined && text !== '') as readonly string[]);
  return {
    resources: present(
      names.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]),
    ),
    kinds: present(names.flatMap(({ kind, listKind }) => [kind, listKind])),
  };
}

/** The last conflict found is the one that is told. */
function accept(wanted: Names, had: Partial<Names> = {}, { resources, kinds }: Taken) {
  let conflict: typeof accepted | undefined;
  const free = (name: string | undefined, own: string | undefined, used: ReadonlySet<string>) =>
    name === undefined || name === own || !used.has(name);
  const refuse = (reason: string, ...names: readonly string[]) => {
    const texts = names.map((name) => `${JSON.stringify(name)} is already in use`);
    const message = texts.length > 1 ? `[${texts.join(', ')}]` : texts.join('');
    conflict = { type: 'NamesAccepted', status: 'False', reason, message };
  };
  const one = <F extends 'plural' | 'singular' | 'kind' | 'listKind'>(
    field: F,
    used: ReadonlySet<string>,
  ): string => {
    const name = wanted[field] ?? '';
    if (free(name, had[field], used)) return name;
    refuse(`${field.charAt(0).toUpperCase()}${field.slice(1)}Conflict`, name);
    return had[field] ?? '';
  };
  const plural = one('plural', resources);
  const singular = one('singular', resources);
  const clashes = (wanted.shortNames ?? []).filter(
    (name) => !had.shortNames?.includes(name) && resources.has(name),
  );
  if (clashes.length > 0) refuse('ShortNamesConflict', ...clashes);
  const shortNames = clashes.length > 0 ? had.shortNames : wanted.shortNames;
  const kind = one('kind', kinds);
  const listKind = one('listKind', kinds);
  const names = {
    plural,
    ...(singular && { singular }),
    ...(shortNames?.length && { shortNames }),
    kind,
    ...(listKind && { listKind }),
    ...(wanted.categories?.length && { categories: wanted.categories }),
  } as Names;
  return { names, conflict };
}
