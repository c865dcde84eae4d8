/** What `$(NAME)` stands for; undefined leaves the text as it is. */
export type Lookup = (name: string) => string | undefined;

/** Replaces `$(NAME)` as Kubernetes does: `$$` is a dollar sign, and what cannot be resolved stays as written. */
export function expand(text: string, lookup: Lookup): string {
  let out = '';
  for (let at = 0; at < text.length;) {
    const next = text[at + 1];
    if (text[at] !== '$' || next === undefined) {
      out += text.charAt(at);
      at += 1;
    } else if (next === '(') {
      const end = text.indexOf(')', at + 2);
      if (end < 0) return `${out}${text.slice(at)}`;
      const whole = text.slice(at, end + 1);
      out += lookup(text.slice(at + 2, end)) ?? whole;
      at = end + 1;
    } else {
      out += next === '$' ? '$' : `$${next}`;
      at += 2;
    }
  }
  return out;
}
