import { apiVersionOf } from '@berth/api';
import type { KubeObject } from '@berth/api';
import { evaluatePath } from '@berth/api';
import { evaluateTemplate } from '../jsonpath/evaluate.ts';
import { parseTemplate } from '../jsonpath/parse.ts';
import type { Piece } from '../jsonpath/template.ts';
import { spoken } from '../object-names.ts';
import type { Resource } from '../resources.ts';
import { cleanText } from './clean.ts';
import { customCells, parseCustomColumns } from './custom-columns.ts';
import { jsonText, listOf, withoutManagedFields, withSortedKeys, yamlText } from './object-text.ts';
import type { OutputForm } from './output-form.ts';
import { formatTable } from './table.ts';
import { plain } from './palette.ts';

export interface PrintedObject {
  readonly resource: Resource;
  readonly object: KubeObject;
}

export interface ObjectStyle {
  /** A person named one object: it is printed as itself, not as a list of one. */
  readonly isSingle: boolean;
  readonly showManagedFields?: boolean | undefined;
  readonly noHeaders?: boolean | undefined;
}

/** Prints whole objects in every form but tables. */
export function objectPrinter(
  form: Exclude<OutputForm, { readonly kind: 'table' }>,
  { isSingle, showManagedFields, noHeaders }: ObjectStyle,
): (found: readonly PrintedObject[]) => string {
  const shown = ({ object, resource }: PrintedObject): KubeObject =>
    withSortedKeys({
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      ...(showManagedFields ? object : withoutManagedFields(object)),
    });
  const whole = (found: readonly PrintedObject[]): unknown => {
    const [only] = found;
    return isSingle && found.length === 1 && only ? shown(only) : listOf(found.map(shown));
  };
  switch (form.kind) {
    case 'json':
      return (found) => jsonText(whole(found));
    case 'yaml':
      return (found) => yamlText(whole(found));
    case 'name':
      return (found) =>
        found
          .map(({ resource, object }) => cleanText(`${spoken(resource, object.metadata.name)}\n`))
          .join('');
    case 'jsonpath': {
      const pieces = parseTemplate(form.template);
      return (found) =>
        form.asJson
          ? jsonText(valuesOf(pieces, whole(found)))
          : evaluateTemplate(pieces, whole(found));
    }
    case 'columns': {
      const columns = parseCustomColumns(form.spec);
      const headers = columns.map(({ header }) => header);
      let isFirst = true;
      return (found) => {
        const withHeaders = isFirst && !noHeaders;
        isFirst = false;
        const cells = customCells(columns, found.map(shown));
        return formatTable(headers, cells, plain, { withHeaders });
      };
    }
  }
}

const valuesOf = (pieces: readonly Piece[], root: unknown) =>
  pieces.flatMap((piece) => (piece.kind === 'path' ? evaluatePath(piece.path, root) : []));
