/** What may stand where the cursor is. */
export type CompletionPlan =
  | { readonly kind: 'verbs'; readonly after: string }
  | { readonly kind: 'flags'; readonly verb: string }
  | { readonly kind: 'types' }
  /** Names of objects of a type, each behind `prefix`. */
  | { readonly kind: 'names'; readonly type: string; readonly prefix: string }
  | { readonly kind: 'nothing' };

export interface CompletionContext {
  /** The verb that the words begin with, and how many words it has; undefined for none. */
  readonly verb: { readonly name: string; readonly words: number } | undefined;
}

const nodeVerbs = new Set(['cordon', 'uncordon', 'drain', 'top nodes']);
const podVerbs = new Set(['logs', 'exec', 'why', 'top pods']);
const typeVerbs = new Set([
  ...['get', 'describe', 'delete', 'label', 'annotate', 'wait', 'scale'],
  ...['status', 'history', 'undo', 'restart', 'pause', 'resume'].map((verb) => `rollout ${verb}`),
]);

/** Decides from the words so far, the last of which is the one that is being typed. */
export function planCompletion(
  words: readonly string[],
  { verb }: CompletionContext,
): CompletionPlan {
  const current = words.at(-1) ?? '';
  const before = words.at(-2);
  if (before === '-n' || before === '--namespace') {
    return { kind: 'names', type: 'namespaces', prefix: '' };
  }
  if (!verb || words.length <= verb.words) {
    return { kind: 'verbs', after: words.slice(0, -1).join(' ') };
  }
  if (words.slice(0, -1).includes('--')) return { kind: 'nothing' };
  if (current.startsWith('-')) return { kind: 'flags', verb: verb.name };
  const slash = current.indexOf('/');
  if (slash > 0) {
    const type = current.slice(0, slash);
    return { kind: 'names', type, prefix: `${type}/` };
  }
  const given = positional(words.slice(verb.words, -1));
  if (nodeVerbs.has(verb.name)) return { kind: 'names', type: 'nodes', prefix: '' };
  if (podVerbs.has(verb.name)) {
    return given.length === 0 ? { kind: 'names', type: 'pods', prefix: '' } : { kind: 'nothing' };
  }
  if (!typeVerbs.has(verb.name)) return { kind: 'nothing' };
  const [type] = given;
  return type === undefined ? { kind: 'types' } : { kind: 'names', type, prefix: '' };
}

const flagsWithValue =
  /^(-[nlofcs]|--(namespace|selector|output|filename|container|context|kubeconfig|for|timeout|tail|since))$/;

function positional(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, i) => !word.startsWith('-') && !flagsWithValue.test(words[i - 1] ?? ''),
  );
}
