import { admissionregistration } from './fields/admissionregistration.ts';
import { apiextensions } from './fields/apiextensions.ts';
import { apiregistration } from './fields/apiregistration.ts';
import { apps } from './fields/apps.ts';
import { authentication } from './fields/authentication.ts';
import { authorization } from './fields/authorization.ts';
import { autoscalingV1 } from './fields/autoscaling-v1.ts';
import { autoscaling } from './fields/autoscaling.ts';
import { batch } from './fields/batch.ts';
import { certificates } from './fields/certificates.ts';
import { coordination } from './fields/coordination.ts';
import { core } from './fields/core.ts';
import { discovery } from './fields/discovery.ts';
import { events } from './fields/events.ts';
import { flowcontrol } from './fields/flowcontrol.ts';
import { meta } from './fields/meta.ts';
import { networking } from './fields/networking.ts';
import { node } from './fields/node.ts';
import { policy } from './fields/policy.ts';
import { rbac } from './fields/rbac.ts';
import { resource } from './fields/resource.ts';
import { scheduling } from './fields/scheduling.ts';
import { storage } from './fields/storage.ts';

/** One field of a message, as the tables of this folder write it: `name=number`. */
export interface FieldNumber {
  readonly name: string;
  readonly number: number;
  /** Written `name=number?`: zero, false and the empty string are values, not the absence of one. */
  readonly keepsZero: boolean;
  /** Written `...Name=number`: a message on the wire whose fields stand beside the others in JSON. */
  readonly isInline: boolean;
  /** Written `name=number[]` and `name=number!`: a message that holds one schema, or a list of them, or a boolean. */
  readonly orElse?: 'list' | 'boolean';
}

const tables = [
  admissionregistration,
  apiextensions,
  apiregistration,
  apps,
  authentication,
  authorization,
  autoscaling,
  autoscalingV1,
  batch,
  certificates,
  coordination,
  core,
  discovery,
  events,
  flowcontrol,
  meta,
  networking,
  node,
  policy,
  rbac,
  resource,
  scheduling,
  storage,
];

let rows: ReadonlyMap<string, string> | undefined;

const list = 'metadata=1 items=2';

/** The fields of a generated type, in the order in which they are written; undefined when it has no Protobuf form. */
export function fieldNumbersOf(typeName: string): readonly FieldNumber[] | undefined {
  rows ??= new Map(tables.flatMap((table) => rowsOf(table)));
  const row = rows.get(typeName) ?? (isListOfKnown(typeName, rows) ? list : undefined);
  return row?.match(/\S+/g)?.map(parseField);
}

/** A row starts a line; what is indented goes on with it. */
const rowsOf = (table: string): [string, string][] =>
  table
    .trim()
    .split(/\n(?! )/)
    .map((row) => {
      const colon = row.indexOf(':');
      return [row.slice(0, colon), row.slice(colon + 1)];
    });

const isListOfKnown = (typeName: string, known: ReadonlyMap<string, string>) =>
  typeName.endsWith('List') &&
  known.has(typeName.replace(/List$/, '').replace(/^CoreV1Event$/, 'Event'));

function parseField(text: string): FieldNumber {
  const [, dots, name = '', number, mark] =
    /^(\.\.\.)?([\w$-]+)=(\d+)(\?|\[\]|!)?$/.exec(text) ?? [];
  return {
    name,
    number: Number(number),
    keepsZero: mark === '?',
    isInline: dots !== undefined,
    ...(mark === '[]' && { orElse: 'list' as const }),
    ...(mark === '!' && { orElse: 'boolean' as const }),
  };
}
