/** One element of a DER encoding. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly raw: Uint8Array;
}

/** The elements that lie side by side in the bytes. Throws an `Error` when a length does not fit. */
export function readDer(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at);
    elements.push(element);
    at += element.raw.length;
  }
  return elements;
}

/** The only element in the bytes, which must have the tag. */
export function readDerOne(bytes: Uint8Array, tag: number): DerElement {
  const [element, ...others] = readDer(bytes);
  if (element?.tag !== tag || others.length > 0) throw malformed();
  return element;
}

function elementAt(bytes: Uint8Array, start: number): DerElement {
  const tag = bytes[start] ?? 0;
  const first = bytes[start + 1];
  if (first === undefined) throw malformed();
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  // Four bytes of length are more than any request has; none at all is BER.
  if (first === 0x80 || lengthBytes > 4) throw malformed();
  const contentAt = start + 2 + lengthBytes;
  const long = bytes.subarray(start + 2, contentAt);
  const length = first < 0x80 ? first : long.reduce((sum, byte) => sum * 256 + byte, 0);
  const end = contentAt + length;
  if (end > bytes.length) throw malformed();
  return { tag, content: bytes.subarray(contentAt, end), raw: bytes.subarray(start, end) };
}

export const malformed = (): Error =>
  new Error('asn1: structure error: malformed certificate request');
