/** Why a text is no image reference, in the runtime's words; undefined when it is one. Only shape is looked at. */
export function imageReferenceProblem(image: string): string | undefined {
  const [withoutDigest, digest] = splitOnce(image, '@');
  if (digest !== undefined && !/^[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}$/.test(digest)) {
    return 'invalid reference format';
  }
  const { name, tag } = splitTag(withoutDigest);
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return 'invalid reference format';
  const segments = name.split('/');
  const path = segments.length > 1 && isHost(segments[0]!) ? segments.slice(1) : segments;
  if (path.every((segment) => /^[a-z0-9]+([._-]+[a-z0-9]+)*$/.test(segment))) return undefined;
  const lower = path.every((s) => /^[a-z0-9]+([._-]+[a-z0-9]+)*$/.test(s.toLowerCase()));
  return lower
    ? 'invalid reference format: repository name must be lowercase'
    : 'invalid reference format';
}

function splitOnce(text: string, by: string): readonly [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function splitTag(text: string) {
  const at = text.lastIndexOf(':');
  return at > text.lastIndexOf('/')
    ? { name: text.slice(0, at), tag: text.slice(at + 1) }
    : { name: text, tag: undefined };
}

const isHost = (segment: string) => /[.:]/.test(segment) || segment === 'localhost';

/** The registry an image comes from; images without one are Docker's. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && isHost(first) ? first : 'docker.io';
}
