import { UsageError } from './usage-error.ts';

/** What is to become of labels or annotations: a value, or `null` for what is to go. */
export type Changes = Readonly<Record<string, string | null>>;

/** Tells the words that name objects from those that name changes: `app=web`, `app-`. Throws `UsageError`. */
export function splitChanges(words: readonly string[]): {
  readonly args: readonly string[];
  readonly changes: Changes;
} {
  const isChange = (word: string) => /^[^/=]+(\/[^=]+)?=/.test(word) || /^[^=]+-$/.test(word);
  const args: string[] = [];
  const changes: Record<string, string | null> = {};
  for (const word of words) {
    if (!isChange(word)) {
      if (Object.keys(changes).length > 0) {
        throw new UsageError('all resources must be specified before changes: ' + word);
      }
      args.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const [name, value] =
      equals < 0 ? [word.slice(0, -1), null] : [word.slice(0, equals), word.slice(equals + 1)];
    if (Object.hasOwn(changes, name) && (changes[name] === null) !== (value === null)) {
      throw new UsageError(
        `can not both modify and remove ${JSON.stringify(name)} in the same command`,
      );
    }
    changes[name] = value;
  }
  return { args, changes };
}

/** What a change does to an object that has `current`. */
export interface ChangePlan {
  /** Names whose values others set, and that nobody said may be overwritten. */
  readonly taken: readonly { readonly name: string; readonly value: string }[];
  /** Names that were to go and are not there. */
  readonly missing: readonly string[];
  readonly effect: 'none' | 'removed' | 'changed';
}

export function planChanges(
  current: Readonly<Record<string, string>>,
  changes: Changes,
  overwrite: boolean,
): ChangePlan {
  const entries = Object.entries(changes);
  const has = (name: string) => Object.hasOwn(current, name);
  const taken = entries.flatMap(([name, value]) =>
    !overwrite && value !== null && has(name) && current[name] !== value
      ? [{ name, value: current[name] ?? '' }]
      : [],
  );
  const missing = entries.flatMap(([name, value]) => (value === null && !has(name) ? [name] : []));
  const effective = entries.filter(([name, value]) =>
    value === null ? has(name) : current[name] !== value,
  );
  const effect =
    effective.length === 0
      ? 'none'
      : effective.every(([, value]) => value === null)
        ? 'removed'
        : 'changed';
  return { taken, missing, effect };
}
