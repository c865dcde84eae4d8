/** The shortest text that reads back as the same double; with an exponent where Go's `%g` has one. */
export function formatGeneral(value: number): string {
  return general(value, value.toExponential());
}

/** The same for a number that is kept in 32 bits. */
export function formatGeneral32(value: number): string {
  const single = Math.fround(value);
  for (let digits = 0; digits < 9; digits++) {
    const text = single.toExponential(digits);
    if (Math.fround(Number(text)) === single) return general(Number(text), text);
  }
  return formatGeneral(single);
}

function general(value: number, exponential: string): string {
  const [mantissa = '', exponent = ''] = exponential.split('e');
  if (value === 0 || (Number(exponent) >= -4 && Number(exponent) < 6)) return String(value);
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}
