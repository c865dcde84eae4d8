import { methodNotAllowed, parseTime } from '@berth/api';
import type { ComponentCondition, ComponentStatus, KubeObject, Lease } from '@berth/api';
import type { ComputedResource } from '../final-handler.ts';
import type { ServedResource } from '../registry/served.ts';
import type { Column } from '../registry/strategy.ts';
import { answerComputed } from './answer-computed.ts';

export interface ComponentStatusOptions {
  readonly now: () => number;
  /** Throws while the store does not answer. */
  readonly askStore: () => void | Promise<void>;
  /** What the other parts of the control plane say of themselves; absent where they live and die with this one. */
  readonly leaseOf?: (name: string) => Promise<Lease | undefined>;
}

const leases = { 'controller-manager': 'kube-controller-manager', scheduler: 'kube-scheduler' };

const names = { resource: 'componentstatuses', singular: 'componentstatus', shortNames: ['cs'] };
const kind = { group: '', version: 'v1', kind: 'ComponentStatus' };
const row: ServedResource = {
  type: { ...kind, ...names, namespaced: false, categories: [] },
  subresource: '',
  ...kind,
  verbs: ['get', 'list'],
};

/** `kubectl get componentstatuses`: whether the store answers, and whether the others hold their leases. */
export function componentStatuses(options: ComponentStatusOptions): ComputedResource {
  const { now, askStore, leaseOf } = options;
  const storeProblem = async () => {
    try {
      await askStore();
      return undefined;
    } catch (err) {
      return err instanceof Error ? err.message : String(err);
    }
  };
  const read = async () => [
    ...(await Promise.all(
      Object.entries(leases).map(async ([name, lease]) =>
        statusOf(name, leaseOf && leaseProblem(lease, await leaseOf(lease), now())),
      ),
    )),
    statusOf('etcd-0', await storeProblem()),
  ];
  return {
    row,
    handler: async (context) => {
      const { verb, subresource } = context.info;
      if (subresource || (verb !== 'get' && verb !== 'list')) throw methodNotAllowed();
      context.warn('v1 ComponentStatus is deprecated in v1.19+');
      return answerComputed(context, { row, columns, now, read });
    },
  };
}

function leaseProblem(name: string, lease: Lease | undefined, now: number): string | undefined {
  const { holderIdentity, renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
  const renewed = parseTime(renewTime);
  if (!holderIdentity || renewed === undefined) return `nobody holds the lease ${name}`;
  return now - renewed > leaseDurationSeconds * 1000
    ? `the lease ${name} was last renewed at ${renewTime}`
    : undefined;
}

function statusOf(name: string, problem: string | undefined): KubeObject {
  const condition: ComponentCondition = {
    type: 'Healthy',
    status: problem === undefined ? 'True' : 'False',
    message: problem ?? 'ok',
  };
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    // Nothing is stored, so there is no uid, version or age.
    metadata: { name } as KubeObject['metadata'],
    conditions: [condition],
  } as KubeObject;
}

const health = (object: KubeObject): Partial<ComponentCondition> =>
  (object as ComponentStatus).conditions?.find(({ type }) => type === 'Healthy') ?? {};

function stateOf(object: KubeObject): string {
  const { status } = health(object);
  if (status === undefined) return 'Unknown';
  return status === 'True' ? 'Healthy' : 'Unhealthy';
}

const columns: readonly Column<KubeObject>[] = [
  { name: 'Name', type: 'string', format: 'name', cell: ({ metadata }) => metadata.name },
  { name: 'Status', type: 'string', description: 'Whether it is well.', cell: stateOf },
  {
    name: 'Message',
    type: 'string',
    description: 'What it says of itself.',
    cell: (object) => health(object).message ?? '',
  },
  {
    name: 'Error',
    type: 'string',
    description: 'Why nothing is known of it.',
    cell: (object) => health(object).error ?? '',
  },
];
