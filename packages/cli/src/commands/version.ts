import { readFileSync } from 'node:fs';
import { jsonText, yamlText } from '../printers/object-text.ts';
import { declareSwitch } from '../command-line.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface VersionFlags {
  readonly client?: boolean;
  readonly output?: string;
}

interface ServerVersion {
  readonly gitVersion: string;
}

export const version: Verb<VersionFlags> = {
  declare(command) {
    command
      .description('Show the versions of this program and of the server.')
      .option('-o, --output <form>', 'json or yaml');
    declareSwitch(command, '--client', 'of this program alone');
  },

  async run(session, { flags }) {
    const { screen } = session;
    const clientVersion = { gitVersion: ownVersion() };
    const serverVersion = flags.client
      ? undefined
      : await session.cluster().client.getPath<ServerVersion>('/version');
    const all = { clientVersion, ...(serverVersion && { serverVersion }) };
    switch (flags.output) {
      case undefined:
        await screen.say(`Client Version: ${clientVersion.gitVersion}`);
        if (serverVersion) await screen.say(`Server Version: ${serverVersion.gitVersion}`);
        return;
      case 'json':
        return screen.raw(jsonText(all));
      case 'yaml':
        return screen.raw(yamlText(all));
      default:
        throw new UsageError(`--output must be 'yaml' or 'json'`);
    }
  },
};

/** What the package says it is. */
function ownVersion(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return `v${version}`;
}
