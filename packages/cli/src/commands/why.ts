import { pods as podType } from '@berth/api';
import { choosePods, podsOf } from '../pods-of.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { explainPod } from '../why.ts';
import { eventsOf } from './describe.ts';

export const why: Verb<unknown> = {
  declare(command) {
    command
      .usage('(POD | TYPE/NAME)')
      .description('Say why pods are not ready, and what may help.');
  },

  async run(session, { args }) {
    const { screen } = session;
    const cluster = session.cluster();
    const [word] = args;
    if (word === undefined) throw new UsageError('POD or TYPE/NAME is required');
    for (const pod of await podsOf(cluster, await choosePods(cluster, word))) {
      const events = await eventsOf(cluster.client, { resource: podType, object: pod });
      const { summary, causes } = explainPod(pod, events);
      await screen.say(causes.length > 0 ? `${summary}:` : summary);
      for (const { what, details, advice } of causes) {
        await screen.say(`  ${what}`);
        for (const detail of details) await screen.say(`    - ${detail}`);
        if (advice !== undefined) await screen.say(`  What may help: ${advice}`);
      }
    }
  },
};
