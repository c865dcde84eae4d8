import { apiVersionOf } from '@berth/api';
import { declareSwitch } from '../command-line.ts';
import { cleanCell } from '../printers/clean.ts';
import { formatTable } from '../printers/table.ts';
import { qualifiedResource } from '../resources.ts';
import type { Resource } from '../resources.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

interface ApiResourcesFlags {
  readonly output?: string;
  readonly apiGroup?: string;
  readonly namespaced?: boolean;
  readonly verbs?: string;
  readonly headers?: boolean;
}

export const apiResources: Verb<ApiResourcesFlags> = {
  declare(command) {
    command
      .description('Show what kinds of objects the server has.')
      .option('-o, --output <form>', 'wide or name')
      .option('--api-group <group>', 'only this group')
      .option('--verbs <verbs>', 'only what can be done all of this with')
      .option('--no-headers', 'no line of headers');
    declareSwitch(command, '--namespaced', 'only what lives in namespaces; =false: only the rest');
  },

  async run(session, { flags }) {
    const { screen } = session;
    const { output } = flags;
    if (output !== undefined && output !== 'wide' && output !== 'name') {
      throw new UsageError(`--output must be one of 'wide', 'name', got '${output}'`);
    }
    const verbs = flags.verbs?.split(',') ?? [];
    const rows = (await session.cluster().resources())
      .filter(({ isPreferred }) => isPreferred)
      .filter(({ group }) => flags.apiGroup === undefined || group === flags.apiGroup)
      .filter(({ namespaced }) => flags.namespaced === undefined || namespaced === flags.namespaced)
      .filter((row) => verbs.every((verb) => row.verbs.includes(verb)))
      .toSorted(byGroupAndName);
    if (output === 'name') {
      for (const row of rows) await screen.say(qualifiedResource(row));
      return;
    }
    const wide = output === 'wide';
    const headers = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND'];
    const wideHeaders = [...headers, 'VERBS', 'CATEGORIES'];
    const cells = rows.map((row) => cellsOf(row, wide).map(cleanCell));
    await screen.print(
      formatTable(wide ? wideHeaders : headers, cells, screen.palette, {
        withHeaders: flags.headers !== false,
      }),
    );
  },
};

const cellsOf = (row: Resource, wide: boolean): readonly string[] => [
  row.resource,
  row.shortNames.join(','),
  apiVersionOf(row),
  String(row.namespaced),
  row.kind,
  ...(wide ? [row.verbs.join(','), row.categories.join(',')] : []),
];

const byGroupAndName = (a: Resource, b: Resource): number => {
  const [x, y] = [a, b].map(({ group, resource }) => `${group}\u0000${resource}`);
  return (x ?? '') < (y ?? '') ? -1 : 1;
};
