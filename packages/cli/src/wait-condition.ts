import type { KubeObject } from '@berth/api';
import { evaluatePath } from '@berth/api';
import { textOf } from './jsonpath/evaluate.ts';
import type { Step } from '@berth/api';
import { parseExpression } from './printers/custom-columns.ts';
import { UsageError } from './usage-error.ts';

/** What `wait --for` waits for. */
export type WaitCondition =
  | { readonly kind: 'delete' | 'create' }
  | { readonly kind: 'condition'; readonly type: string; readonly status: string }
  /** Without a value it is enough that there is one. */
  | { readonly kind: 'jsonpath'; readonly path: readonly Step[]; readonly value?: string };

/** Reads the value of `--for`. Throws `UsageError`. */
export function parseCondition(text: string | undefined): WaitCondition {
  const lower = text?.toLowerCase() ?? '';
  if (lower === 'delete' || lower === 'create') return { kind: lower };
  const condition = /^condition=([^=]+)(?:=(.*))?$/is.exec(text ?? '');
  if (condition?.[1] !== undefined) {
    return { kind: 'condition', type: condition[1], status: condition[2] ?? 'true' };
  }
  const path = /^jsonpath=(\{.*\}|[^=]+)(?:=(.*))?$/is.exec(text ?? '');
  if (path?.[1] !== undefined) {
    const value = path[2]?.replace(/^(['"])(.*)\1$/s, '$2');
    return {
      kind: 'jsonpath',
      path: parseExpression(path[1].replace(/^(['"])(.*)\1$/s, '$2')),
      ...(value !== undefined && { value }),
    };
  }
  throw new UsageError(`unrecognized condition: "${text ?? ''}"`);
}

interface Observed extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly observedGeneration?: number;
    }[];
  };
}

/** Whether the object, or its absence, is what is waited for. A status about an older spec says nothing. */
export function holds(wanted: WaitCondition, object: KubeObject | undefined): boolean {
  if (wanted.kind === 'delete') return object === undefined;
  if (object === undefined) return false;
  switch (wanted.kind) {
    case 'create':
      return true;
    case 'condition':
      return hasCondition(object, wanted);
    case 'jsonpath': {
      const [value] = evaluatePath(wanted.path, object);
      if (value === undefined) return false;
      return wanted.value === undefined || textOf(value) === wanted.value;
    }
  }
}

function hasCondition(
  { metadata, status }: Observed,
  wanted: { readonly type: string; readonly status: string },
): boolean {
  const isCurrent = (observed: number | undefined) =>
    observed === undefined || observed >= (metadata.generation ?? 0);
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (status?.conditions ?? []).some(
    (condition) =>
      same(condition.type, wanted.type) &&
      same(condition.status, wanted.status) &&
      isCurrent(condition.observedGeneration ?? status?.observedGeneration),
  );
}
