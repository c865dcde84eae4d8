import { declareSwitch } from '../command-line.ts';
import type { Narrowing } from '../fetch.ts';
import { fetchObjects } from '../fetch.ts';
import { followObject } from '../follow.ts';
import { spoken } from '../object-names.ts';
import { parseTargets, scopeOf } from '../targets.ts';
import { readDuration, withTimeLimit } from '../time-limit.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { holds, parseCondition } from '../wait-condition.ts';

interface WaitFlags extends Narrowing {
  readonly for?: string;
  readonly timeout: string;
  readonly all?: boolean;
}

export const wait: Verb<WaitFlags> = {
  declare(command) {
    command
      .usage('(TYPE/NAME... | TYPE NAME... | TYPE -l labels) --for=CONDITION')
      .description('Wait until objects are as they should be.')
      .option(
        '--for <condition>',
        "delete, create, condition=TYPE[=VALUE], jsonpath='{PATH}'[=VALUE]",
      )
      .option('--timeout <duration>', 'how long to wait', '30s')
      .option('-l, --selector <labels>', 'all objects with these labels')
      .option('--field-selector <fields>', 'all objects with these fields');
    declareSwitch(command, '--all', 'all objects of the type');
    declareSwitch(command, '-A, --all-namespaces', 'in all namespaces');
  },

  async run(session, { args, flags }) {
    const { screen, host } = session;
    const condition = parseCondition(flags.for);
    const cluster = session.cluster();
    const targets = parseTargets(await cluster.resources(), args);
    if (targets.length === 0) throw new UsageError('you must specify a resource to wait for');
    const limit = readDuration('--timeout', flags.timeout);
    const deadline = host.clock.monotonic() + limit;
    const named = targets.flatMap(({ resource, name }) =>
      name === undefined ? [] : [{ resource, ref: { ...scopeOf(resource, cluster), name } }],
    );
    const listed = await fetchObjects(
      cluster,
      targets.filter(({ name }) => name === undefined),
      flags,
    );
    const found = listed.flatMap((outcome) => {
      if ('err' in outcome) throw outcome.err;
      return outcome.value.map(({ metadata: { name, namespace } }) => ({
        resource: outcome.target.resource,
        ref: { name, ...(namespace !== undefined && { namespace }) },
      }));
    });
    if (found.length + named.length === 0 && condition.kind !== 'delete') {
      throw new UsageError('no matching resources found');
    }
    for (const { resource, ref } of [...named, ...found]) {
      // As kubectl: what is to be in some state has to be there, unless its creation is waited for.
      if (condition.kind !== 'delete' && condition.kind !== 'create') {
        await cluster.client.get(resource, ref);
      }
      const left = Math.max(1, deadline - host.clock.monotonic());
      const subject = `${resource.resource}/${ref.name}`;
      const until = async (signal: AbortSignal) => {
        for await (const object of followObject(cluster.client, resource, ref, signal)) {
          if (holds(condition, object)) return;
        }
      };
      await withTimeLimit(host.clock, left, until, subject);
      await screen.say(`${spoken(resource, ref.name)} condition met`);
    }
  },
};
