import { deployments, formatTime } from '@berth/api';
import type { Deployment } from '@berth/api';
import { fieldManager } from '../connection.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';
import { rolloutDeployments } from './rollout-target.ts';

/** A change to a Deployment that one patch makes. */
interface Change {
  readonly verb: 'restart' | 'pause' | 'resume';
  readonly done: string;
  readonly description: string;
  /** Why it cannot be made; undefined when it can. */
  readonly objection: (deployment: Deployment) => string | undefined;
  readonly patch: (session: Session) => unknown;
}

const change = ({ verb, done, description, objection, patch }: Change): Verb<unknown> => ({
  declare: (command) => void command.usage('(TYPE NAME | TYPE/NAME)').description(description),
  async run(session, { args }) {
    const cluster = session.cluster();
    for (const deployment of await rolloutDeployments(cluster, args, verb)) {
      const { name, namespace = '' } = deployment.metadata;
      const why = objection(deployment);
      if (why !== undefined) throw new UsageError(why);
      const ref = { name, namespace };
      await cluster.client.patch(deployments, ref, 'strategic', patch(session), { fieldManager });
      await session.screen.say(`deployment.apps/${name} ${done}`);
    }
  },
});

export const rolloutRestart = change({
  verb: 'restart',
  done: 'restarted',
  description: 'Replace the pods of a Deployment by new ones, as a rollout does.',
  objection: ({ metadata, spec }) =>
    spec.paused
      ? `can't restart paused deployment (run rollout resume first): ${metadata.name}`
      : undefined,
  patch: ({ host }) => ({
    spec: {
      template: {
        metadata: {
          annotations: { 'kubectl.kubernetes.io/restartedAt': formatTime(host.clock.now()) },
        },
      },
    },
  }),
});

export const rolloutPause = change({
  verb: 'pause',
  done: 'paused',
  description: 'Let changes of a Deployment wait.',
  objection: ({ metadata, spec }) =>
    spec.paused ? `deployments.apps "${metadata.name}" is already paused` : undefined,
  patch: () => ({ spec: { paused: true } }),
});

export const rolloutResume = change({
  verb: 'resume',
  done: 'resumed',
  description: 'Let the changes of a paused Deployment happen.',
  objection: ({ metadata, spec }) =>
    spec.paused ? undefined : `deployments.apps "${metadata.name}" is not paused`,
  patch: () => ({ spec: { paused: null } }),
});
