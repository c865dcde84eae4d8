import { evaluatePath, stringifyJson } from '@berth/api';
import type { Piece } from './template.ts';

/** What a template prints about `root`; what is not there prints nothing. */
export const evaluateTemplate = (pieces: readonly Piece[], root: unknown): string =>
  print(pieces, root, root);

function print(pieces: readonly Piece[], current: unknown, root: unknown): string {
  return pieces
    .map((piece) => {
      switch (piece.kind) {
        case 'text':
          return piece.text;
        case 'path':
          return evaluatePath(piece.path, root, current).map(textOf).join(' ');
        case 'range':
          return evaluatePath(piece.path, root, current)
            .map((value) => print(piece.body, value, root))
            .join('');
      }
    })
    .join('');
}

/** Scalars as they are, the rest as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : stringifyJson(value);
}
