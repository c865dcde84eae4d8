import type { Environment } from '@marcbachmann/cel-js';
import {
  addQuantities,
  asNumber,
  compareQuantities,
  parseQuantity,
  quantityProblem,
  subtractQuantities,
} from '@berth/api';
import type { Quantity } from '@berth/api';
import { opaqueType } from '../opaque.ts';
import type { Boxed } from '../opaque.ts';

const type = opaqueType<Quantity>('kubernetes.Quantity');
const giga = 1_000_000_000n;

type Q = Boxed<Quantity>;

const ofInteger = (value: bigint): Quantity => ({ nanos: value * giga, format: 'DecimalSI' });
const isWhole = ({ nanos }: Quantity) => nanos % giga === 0n && fits(nanos / giga);
const fits = (value: bigint) => BigInt.asIntN(64, value) === value;

function asInteger({ value }: Q): bigint {
  if (!isWhole(value)) throw new Error('cannot convert value to integer');
  return value.nanos / giga;
}

/** `quantity('1Gi')` and what can be asked of it. */
export function quantityLibrary(environment: Environment): void {
  const { name } = type;
  const compare = (a: Q, b: Q) => compareQuantities(a.value, b.value);
  environment
    .registerType(name, { ctor: type.constructor })
    .registerOperator(`${name} == ${name}`, (a: Q, b: Q) => compare(a, b) === 0)
    .registerFunction(`quantity(string): ${name}`, (text: string) => type.wrap(read(text)))
    .registerFunction('isQuantity(string): bool', (text: string) => !quantityProblem(text))
    .registerFunction(`${name}.isInteger(): bool`, ({ value }: Q) => isWhole(value))
    .registerFunction(`${name}.asInteger(): int`, asInteger)
    .registerFunction(`${name}.asApproximateFloat(): double`, ({ value }: Q) => asNumber(value))
    .registerFunction(`${name}.sign(): int`, ({ value: { nanos } }: Q) =>
      nanos > 0n ? 1n : nanos < 0n ? -1n : 0n,
    )
    .registerFunction(`${name}.isLessThan(${name}): bool`, (a: Q, b: Q) => compare(a, b) < 0)
    .registerFunction(`${name}.isGreaterThan(${name}): bool`, (a: Q, b: Q) => compare(a, b) > 0)
    .registerFunction(`${name}.compareTo(${name}): int`, (a: Q, b: Q) =>
      BigInt(Math.sign(compare(a, b))),
    );
  for (const [method, apply] of [
    ['add', addQuantities],
    ['sub', subtractQuantities],
  ] as const)
    environment
      .registerFunction(`${name}.${method}(${name}): ${name}`, (a: Q, b: Q) =>
        type.wrap(apply(a.value, b.value)),
      )
      .registerFunction(`${name}.${method}(int): ${name}`, (a: Q, b: bigint) =>
        type.wrap(apply(a.value, ofInteger(b))),
      );
}

function read(text: string): Quantity {
  const problem = quantityProblem(text);
  if (problem !== undefined) throw new Error(problem);
  return parseQuantity(text);
}
