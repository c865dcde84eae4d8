import { declareSwitch, optionalValue } from '../command-line.ts';
import { fieldManager } from '../connection.ts';
import { readManifests } from '../manifests.ts';
import type { FileFlags } from '../manifests.ts';
import { refIn, spoken } from '../object-names.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { collect } from './collect.ts';

interface CreateFlags extends FileFlags {
  readonly dryRun?: string;
}

/** Objects that must not be there yet. */
export const create: Verb<CreateFlags> = {
  declare(command) {
    command
      .usage('-f FILE')
      .description('Create the objects of files.')
      .option('-f, --filename <file>', 'a file, a directory, or - for stdin', collect)
      .addOption(optionalValue('--dry-run [where]', 'server: try it, and keep nothing', 'server'));
    declareSwitch(command, '-R, --recursive', 'go into directories of directories');
  },

  async run(session, { flags }) {
    const cluster = session.cluster();
    const manifests = await readManifests(session.host, await cluster.resources(), flags);
    if (manifests.length === 0) throw new UsageError('must specify one of -f and -k');
    const dryRun = flags.dryRun === 'server';
    const errors: unknown[] = [];
    for (const { object, resource } of manifests) {
      try {
        const { namespace } = refIn(cluster, resource, object.metadata);
        const metadata = { ...object.metadata, ...(namespace && { namespace }) };
        const made = await cluster.client.create(
          resource,
          { ...object, metadata },
          { fieldManager, fieldValidation: 'Strict', dryRun },
        );
        const tried = dryRun ? ' (server dry run)' : '';
        await session.screen.say(`${spoken(resource, made.metadata.name)} created${tried}`);
      } catch (err) {
        errors.push(err);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors);
  },
};
