import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

/** Each asks the program itself what may come next. */
const scripts: Readonly<Record<string, string>> = {
  bash: `_berth() {
  local IFS=$'\\n'
  COMPREPLY=($(berth __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _berth berth
`,
  zsh: `#compdef berth
_berth() {
  local -a found
  found=("\${(@f)$(berth __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $found
}
compdef _berth berth
`,
  fish: `complete -c berth -f -a '(berth __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

export const completion: Verb<unknown> = {
  declare(command) {
    command
      .usage('bash|zsh|fish')
      .description('Print what makes a shell complete commands: source <(berth completion bash)');
  },
  async run({ screen }, { args: [shell = ''] }) {
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined) {
      throw new UsageError(`expected one of ${Object.keys(scripts).join(', ')}`);
    }
    await screen.print(script);
  },
};
