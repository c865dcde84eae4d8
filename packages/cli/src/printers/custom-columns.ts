import { evaluatePath } from '@berth/api';
import { textOf } from '../jsonpath/evaluate.ts';
import { parseTemplate } from '../jsonpath/parse.ts';
import type { Step } from '@berth/api';
import { UsageError } from '../usage-error.ts';
import { cleanCell } from './clean.ts';

export interface CustomColumn {
  readonly header: string;
  readonly path: readonly Step[];
}

/** Reads `NAME:.metadata.name,IMAGE:.spec.containers[*].image`. */
export function parseCustomColumns(spec: string): readonly CustomColumn[] {
  if (!spec) throw new UsageError('custom-columns format specified but no custom columns given');
  return spec.split(/,(?![^[]*\])/).map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0) {
      throw new UsageError(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      );
    }
    return { header: part.slice(0, colon), path: parseExpression(part.slice(colon + 1)) };
  });
}

/** A path with or without its braces, as sorting and columns take it. */
export function parseExpression(text: string): readonly Step[] {
  const bare = text.trim().replace(/^\{(.*)\}$/s, '$1');
  const pieces = parseTemplate(
    `{${bare.startsWith('.') || bare.startsWith('$') ? bare : `.${bare}`}}`,
  );
  const [first, ...more] = pieces;
  if (first?.kind !== 'path' || more.length > 0) {
    throw new UsageError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return first.path;
}

export const customCells = (
  columns: readonly CustomColumn[],
  objects: readonly unknown[],
): readonly (readonly string[])[] =>
  objects.map((object) =>
    columns.map(({ path }) => {
      const found = evaluatePath(path, object).filter((value) => value !== null);
      return found.length > 0 ? cleanCell(found.map(textOf).join(',')) : '<none>';
    }),
  );
