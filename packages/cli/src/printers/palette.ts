import type { Environment } from '@berth/component-base';

/** Colour says one thing only: whether somebody should look. */
export type Meaning = 'good' | 'busy' | 'bad' | 'faint';

/** Puts colour on a text that has been cleaned already. */
export type Palette = (text: string, meaning: Meaning | undefined) => string;

const codes: Readonly<Record<Meaning, number>> = { good: 32, busy: 33, bad: 31, faint: 2 };

const coloured: Palette = (text, meaning) =>
  meaning && text ? `\u001b[${codes[meaning]}m${text}\u001b[0m` : text;

export const plain: Palette = (text) => text;

/** NO_COLOR and FORCE_COLOR as their sites define them; else colour is for terminals. */
export function choosePalette(env: Environment, isTerminal: boolean): Palette {
  if (env['NO_COLOR']) return plain;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '0' || forced === 'false' ? plain : coloured;
  return isTerminal && env['TERM'] !== 'dumb' ? coloured : plain;
}

/** Colours that tell one source of lines from the next. */
export function sourceColour(palette: Palette, index: number): (text: string) => string {
  if (palette === plain) return (text) => text;
  const code = [36, 35, 34, 32, 33, 96, 95, 94][index % 8] ?? 36;
  return (text) => `\u001b[${code}m${text}\u001b[0m`;
}
