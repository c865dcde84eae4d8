import type { Environment } from '@marcbachmann/cel-js';
import { opaqueType } from '../opaque.ts';
import type { Boxed } from '../opaque.ts';

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
}

const type = opaqueType<Version>('kubernetes.Semver');

type S = Boxed<Version>;

const number = '(0|[1-9]\\d*)';
const shape = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?$`,
);

/** `normalize` takes `v1.2` and `01.2.3`, too. */
function parseVersion(text: string, normalize: boolean): Version | undefined {
  if (text.length > 256) return undefined;
  const match = shape.exec(normalize ? normalized(text) : text);
  if (!match) return undefined;
  const [, major = '', minor = '', patch = '', pre] = match;
  const parts = pre?.split('.') ?? [];
  if (parts.some((part) => part === '' || /^0\d+$/.test(part))) return undefined;
  return { numbers: [BigInt(major), BigInt(minor), BigInt(patch)], pre: parts };
}

function normalized(text: string): string {
  const [, core = '', rest = ''] = /^v?([\d.]*)(.*)$/.exec(text) ?? [];
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}

function read(text: string, normalize = false): S {
  const version = parseVersion(text, normalize);
  if (!version) throw new Error(`No Major.Minor.Patch elements found in "${text}"`);
  return type.wrap(version);
}

function compare({ value: a }: S, { value: b }: S): number {
  for (const [i, left] of a.numbers.entries()) {
    const right = b.numbers[i]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (const [i, left] of a.pre.entries()) {
    const right = b.pre[i];
    if (right === undefined) return 1;
    const order = comparePart(left, right);
    if (order !== 0) return order;
  }
  return a.pre.length === b.pre.length ? 0 : -1;
}

function comparePart(a: string, b: string): number {
  const [aNumber, bNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumber !== bNumber) return aNumber ? -1 : 1;
  const [left, right] = aNumber ? [BigInt(a), BigInt(b)] : [a, b];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** `semver('1.2.3')` and its order. */
export function semverLibrary(environment: Environment): void {
  const { name } = type;
  environment
    .registerType(name, { ctor: type.constructor })
    .registerOperator(`${name} == ${name}`, (a: S, b: S) => compare(a, b) === 0)
    .registerFunction(`semver(string): ${name}`, (text: string) => read(text))
    .registerFunction(`semver(string, bool): ${name}`, read)
    .registerFunction('isSemver(string): bool', (text: string) => !!parseVersion(text, false))
    .registerFunction(
      'isSemver(string, bool): bool',
      (text: string, normalize: boolean) => !!parseVersion(text, normalize),
    )
    .registerFunction(`${name}.isLessThan(${name}): bool`, (a: S, b: S) => compare(a, b) < 0)
    .registerFunction(`${name}.isGreaterThan(${name}): bool`, (a: S, b: S) => compare(a, b) > 0)
    .registerFunction(`${name}.compareTo(${name}): int`, (a: S, b: S) => BigInt(compare(a, b)));
  for (const [i, method] of ['major', 'minor', 'patch'].entries())
    environment.registerFunction(`${name}.${method}(): int`, ({ value }: S) => value.numbers[i]);
}
