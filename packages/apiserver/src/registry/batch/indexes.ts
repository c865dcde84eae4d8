/** Index intervals that could not be read, or come in the wrong order. */
interface Unread {
  readonly problem: string;
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** How many indexes `1,3-5,7` names, all below `completions`; or what is wrong with the text, in upstream's words. */
export function countIndexes(text: string, completions: number): number | Unread {
  let total = 0;
  let previous = -1;
  for (const fragment of text === '' ? [] : text.split(',')) {
    const interval = readInterval(fragment, completions);
    if ('problem' in interval) return interval;
    const { first, last } = interval;
    if (previous >= first) return outOfOrder(previous, first);
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index that both texts name; intervals that cannot be read are left to others to find. */
export function commonIndex(a: string, b: string, completions: number): number | undefined {
  const [some, others] = [a, b].map((text) =>
    (text === '' ? [] : text.split(','))
      .map((fragment) => readInterval(fragment, completions))
      .filter((interval): interval is Interval => !('problem' in interval)),
  ) as [Interval[], Interval[]];
  let i = 0;
  let j = 0;
  for (;;) {
    const one = some[i];
    const other = others[j];
    if (!one || !other) return undefined;
    if (one.first <= other.last && other.first <= one.last) return Math.max(one.first, other.first);
    if (one.first <= other.first) i += 1;
    else j += 1;
  }
}

function readInterval(fragment: string, completions: number): Interval | Unread {
  const parts = fragment.split('-');
  if (parts.length > 2) {
    const rule = `violates the requirement that an index interval can have at most two parts separated by '-'`;
    return { problem: `the fragment ${JSON.stringify(fragment)} ${rule}` };
  }
  const [first, last = first] = parts.map((part) => readIndex(part, completions));
  if (first === undefined || last === undefined) return { problem: 'no index' };
  if (typeof first !== 'number') return first;
  if (typeof last !== 'number') return last;
  return parts.length === 2 && first >= last ? outOfOrder(first, last) : { first, last };
}

function readIndex(text: string, completions: number): number | Unread {
  if (!/^[-+]?\d{1,15}$/.test(text))
    return { problem: `cannot convert string to integer for index: ${JSON.stringify(text)}` };
  const index = Number(text);
  return index < completions ? index : { problem: `too large index: ${JSON.stringify(text)}` };
}

const outOfOrder = (previous: number, current: number): Unread => ({
  problem: `non-increasing order, previous: ${previous}, current: ${current}`,
});
