import type { Pod } from '@berth/api';
import { clash } from '../../host-ports.ts';
import type { HostPort } from '../../host-ports.ts';
import { podChange, podRemoval } from '../change.ts';
import type { Change } from '../change.ts';
import type { Propose } from '../obstacle.ts';

/** NodePorts: a pod without the port, or the node without the pod that has it. */
export const proposeForPorts: Propose = ({ pod, node }) =>
  pod.shape.hostPorts.flatMap((port) => {
    const users = node.pods.filter(({ shape }) =>
      shape.hostPorts.some((used) => clash(used, port)),
    );
    if (users.length === 0) return [];
    const [user, ...others] = users;
    return [
      {
        alternatives: [
          dropPort(port),
          ...(user && others.length === 0 ? [podRemoval(user.key)] : []),
        ],
      },
    ];
  });

function dropPort({ port, protocol }: HostPort): Change {
  type Container = Pod['spec']['containers'][number];
  const without = (container: Container): Container => ({
    ...container,
    ...(container.ports && {
      ports: container.ports.map((each) => {
        const { hostPort, ...rest } = each;
        return hostPort === port && (each.protocol ?? 'TCP') === protocol ? rest : each;
      }),
    }),
  });
  return podChange(
    'RemoveHostPort',
    `do without host port ${port}/${protocol}: reach the pod through a Service`,
    2,
    (spec) => ({
      ...spec,
      containers: spec.containers.map(without),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(without) }),
    }),
  );
}
