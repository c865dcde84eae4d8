/** The attributes that hold URLs, by element. */
const urlAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** What is inside them is text, whatever it looks like. */
const rawText: readonly string[] = [
  ...['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes'],
];

/** The page with every URL in it passed through `rewrite`; everything else stays as it is. */
export function rewriteHtml(html: string, rewrite: (url: string) => string): string {
  const out: string[] = [];
  const tagStart = /<(?:!--|([a-z][^\s/>]*))/giy;
  let at = 0;
  for (;;) {
    const open = html.indexOf('<', at);
    if (open < 0) break;
    out.push(html.slice(at, open));
    tagStart.lastIndex = open;
    const start = tagStart.exec(html);
    const name = start?.[1]?.toLowerCase();
    if (name !== undefined) {
      const from = open + 1 + name.length;
      const tag = rewriteAttributes(html, from, urlsOf(name), rewrite);
      out.push(html.slice(open, from), tag.text);
      at = rawText.includes(name) ? closing(html, name, tag.end) : tag.end;
      out.push(html.slice(tag.end, at));
    } else {
      at = start ? afterText(html, '-->', open) : open + 1;
      out.push(html.slice(open, at));
    }
  }
  out.push(html.slice(at));
  return out.join('');
}

const urlsOf = (name: string): readonly string[] =>
  Object.hasOwn(urlAttributes, name) ? (urlAttributes[name] ?? []) : [];

function afterText(html: string, text: string, from: number): number {
  const found = html.indexOf(text, from);
  return found < 0 ? html.length : found + text.length;
}

/** Where `</name` begins. */
function closing(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index ?? html.length;
}

/** The attributes from a position up to and with the end of the tag. */
function rewriteAttributes(
  html: string,
  from: number,
  names: readonly string[],
  rewrite: (url: string) => string,
): { readonly text: string; readonly end: number } {
  const piece = /[\s/]+|([^\s/>=][^\s/>=]*)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?|=/y;
  let text = '';
  let at = from;
  while (at < html.length && html[at] !== '>') {
    piece.lastIndex = at;
    const found = piece.exec(html);
    if (!found) break;
    const [all, name = '', assigned = '', double, single, bare] = found;
    const value = double ?? single ?? bare ?? '';
    const isUrl = assigned !== '' && names.includes(name.toLowerCase());
    text += isUrl ? `${name}=${quoted(rewrite(value), single !== undefined)}` : all;
    at += all.length;
  }
  const ended = html[at] === '>' ? at + 1 : at;
  return { text: text + html.slice(at, ended), end: ended };
}

const quoted = (value: string, single: boolean) => (single ? `'${value}'` : `"${value}"`);
