/** One step from values to values. */
export type Step =
  | { readonly kind: 'root' | 'current' | 'wildcard' | 'descend' }
  | { readonly kind: 'fields'; readonly names: readonly string[] }
  | { readonly kind: 'slices'; readonly slices: readonly Slice[] }
  | { readonly kind: 'filter'; readonly left: Operand; readonly test?: Test };

/** A single index has only a `start`, and `isIndex`. */
export interface Slice {
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
  readonly isIndex?: boolean;
}

export interface Test {
  readonly operator: Operator;
  readonly right: Operand;
}

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Operand =
  | { readonly kind: 'path'; readonly path: readonly Step[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean };
