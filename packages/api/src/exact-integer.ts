/** A number where it prints as the same digits, else the bigint itself. */
export function exactInteger(value: bigint): number | bigint {
  const double = Number(value);
  return Number.isSafeInteger(double) || String(double) === String(value) ? double : value;
}
