/**
 * The symbols of HPACK's Huffman code by the length of their codes. Codes of one length follow each other in this
 * order, and shorter ones come first, so that this says all (RFC 7541, appendix B).
 */
const symbols: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [5, charsOf('012aceiost')],
  [6, charsOf(' %-./3456789=A_bdfghlmnpru')],
  [7, charsOf(':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz')],
  [8, charsOf('&*,;XZ')],
  [10, charsOf('!"()?')],
  [11, charsOf("'+|")],
  [12, charsOf('#>')],
  [13, charsOf('\0$@[]~')],
  [14, charsOf('^}')],
  [15, charsOf('<`{')],
  [19, [0x5c, 195, 208]],
  [20, [128, 130, 131, 162, 184, 194, 224, 226]],
  [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
  [
    22,
    [
      ...[129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170],
      ...[173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233],
    ],
  ],
  [
    23,
    [
      ...[1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157],
      ...[158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191, 197, 231, 239],
    ],
  ],
  [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
  [25, [199, 207, 234, 235]],
  [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
  [
    27,
    [
      ...[203, 204, 211, 212, 214, 221, 222, 223, 241, 244],
      ...[245, 246, 247, 248, 250, 251, 252, 253, 254],
    ],
  ],
  [
    28,
    [
      ...[2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21],
      ...[23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249],
    ],
  ],
  [30, [10, 13, 22]],
];

function charsOf(text: string): readonly number[] {
  return [...Buffer.from(text)];
}

interface Codes {
  readonly first: number;
  readonly symbols: readonly number[];
}

/** Which codes there are of each length. */
const codes: readonly (Codes | undefined)[] = codesByLength();

function codesByLength(): readonly (Codes | undefined)[] {
  const found: (Codes | undefined)[] = [];
  let next = 0;
  let length = 0;
  for (const [bits, those] of symbols) {
    next *= 2 ** (bits - length);
    length = bits;
    found[bits] = { first: next, symbols: those };
    next += those.length;
  }
  return found;
}

const longest = 30;

/** Throws an `Error` where the bytes are no text in this code. */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const text: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const known = codes[length];
      const symbol = known && known.symbols[code - known.first];
      if (symbol !== undefined) {
        text.push(symbol);
        code = 0;
        length = 0;
      } else if (length >= longest) throw new Error('no such code');
    }
  // What fills the last byte is the beginning of the code that ends everything, and that is all ones.
  if (length > 7 || code !== 2 ** length - 1) throw new Error('badly padded');
  return Buffer.from(text);
}
