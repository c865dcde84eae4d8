import { parseDuration } from './duration.ts';

/** How much is in use from an age on, in the order of ages. */
export type Usage = readonly { readonly fromMs: number; readonly value: number }[];

/** `100m` or `100m, 900m@30s, 50m@2m`: an amount and the age from which it holds. */
export function parseUsage(text: string): Usage | undefined {
  const steps: { fromMs: number; value: number }[] = [];
  for (const part of text.split(',')) {
    const [amount = '', age = '0s'] = part.split('@');
    const value = parseAmount(amount.trim());
    const fromMs = parseDuration(age);
    if (value === undefined || fromMs === undefined) return undefined;
    steps.push({ fromMs, value });
  }
  return steps.sort((a, b) => a.fromMs - b.fromMs);
}

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

function parseAmount(text: string): number | undefined {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)(m|k|M|G|Ki|Mi|Gi)?$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (factors[suffix] ?? 0);
}

/** What is in use at an age. */
export const usageAt = (usage: Usage, ageMs: number): number =>
  usage.findLast(({ fromMs }) => fromMs <= ageMs)?.value ?? 0;

/** What was used until an age: amount times seconds. */
export function usedUntil(usage: Usage, ageMs: number): number {
  return usage.reduce((sum, { fromMs, value }, at) => {
    const untilMs = Math.min(ageMs, usage[at + 1]?.fromMs ?? Infinity);
    return sum + (value * Math.max(0, untilMs - fromMs)) / 1000;
  }, 0);
}
