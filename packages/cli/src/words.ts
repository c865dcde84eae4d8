const globalFlagsWithValue = /^(-n|--namespace|--kubeconfig|--context|-s|--server|--token|--as)$/;

/** Where the first word is that is neither a flag nor the value of one that every verb has; the end when there is none. */
export function firstWord(argv: readonly string[]): number {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) break;
    at += globalFlagsWithValue.test(word) ? 2 : 1;
  }
  return Math.min(at, argv.length);
}

export const isHelp = (word: string | undefined): boolean =>
  word === '--help' || word === '-h' || word === 'help';
