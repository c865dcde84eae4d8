import {
  badRequest,
  exactField,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from '@berth/api';
import type { FieldSelector, KubeObject, Selector } from '@berth/api';
import type { Strategy } from './strategy.ts';

/** Which objects of a resource are meant. */
export interface Selection {
  /** Nothing is left out. */
  readonly all: boolean;
  matches(object: KubeObject): boolean;
  /** The only name that can match, when there is one. */
  readonly name?: string;
}

const everything: Selection = { all: true, matches: () => true };

/** Reads both selectors; BadRequest for what cannot be read and for fields that the resource does not offer. */
export function parseSelection(
  strategy: Strategy,
  labelSelector: string,
  fieldSelector: string,
): Selection {
  const labels = readLabels(labelSelector);
  const fields = parseFieldSelector(fieldSelector);
  refuseUnknown(strategy, fields);
  if (labels.length === 0 && fields.length === 0) return everything;
  const name = exactField(fields, 'metadata.name');
  return {
    all: false,
    matches: (object) =>
      matchesLabels(labels, object.metadata.labels) &&
      (fields.length === 0 || matchesFields(fields, fieldReader(strategy, object))),
    ...(name && { name }),
  };
}

function readLabels(text: string): Selector {
  return text === '' ? [] : parseLabelSelector(text);
}

const ownFields: readonly string[] = ['metadata.name', 'metadata.namespace'];

function refuseUnknown({ selectable }: Strategy, fields: FieldSelector): void {
  for (const { field } of fields) {
    if (ownFields.includes(field) || selectable?.includes(field)) continue;
    throw badRequest(
      selectable && selectable.length > 0
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
}

function fieldReader({ selectableFields }: Strategy, object: KubeObject) {
  const fields = selectableFields?.(object);
  return (field: string): string | undefined => {
    if (field === 'metadata.name') return object.metadata.name;
    if (field === 'metadata.namespace') return object.metadata.namespace;
    return fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
  };
}
