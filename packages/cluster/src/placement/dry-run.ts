import { apiVersionOf, isNotFound, namespaces, pods, resourceTypes, StatusError } from '@berth/api';
import type { KubeObject, ObjectName, PlannedObject, Pod, ResourceType } from '@berth/api';
import type { PlacementReads } from '@berth/apiserver';
import type { Client } from '@berth/client';
import type { PodBatch } from '@berth/controllers';

export interface DryRunOptions {
  readonly reads: PlacementReads;
  /** As the user who asks: what they may not do is refused as it would be. */
  readonly asUser: Client;
  /** As the controllers, who make the pods of workloads. */
  readonly asController: Client;
}

interface Judged {
  readonly planned: PlannedObject;
  /** Absent where the object was refused. */
  readonly kept?: { readonly type: ResourceType; readonly stored: KubeObject };
}

type Admitted = { readonly pods: readonly Pod[] } | { readonly refusal: string };

/** Lets the server say what it would make of objects, without having it make them. */
interface DryRun {
  /** What applying an object would give. */
  judge(object: object, namespace: string): Promise<Judged>;
  /** The pods of a batch as the server would store them; they are numbered where it would make names up. */
  admit(batch: PodBatch): Promise<Admitted>;
}

interface Written {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

const manager = 'berth';
/** Objects of a namespace that is only planned are judged by the rules of this one, under a name that nobody has. */
const elsewhere = 'default';

export async function openDryRun(
  objects: readonly object[],
  { reads, asUser, asController }: DryRunOptions,
): Promise<DryRun> {
  const there = new Set((await reads.list(namespaces)).map(({ metadata }) => metadata.name));
  const planned = new Set(
    (objects as readonly Written[]).flatMap(({ kind, metadata }) =>
      kind === namespaces.kind && metadata?.name ? [metadata.name] : [],
    ),
  );
  const isOnlyPlanned = (namespace: string | undefined) =>
    namespace !== undefined && planned.has(namespace) && !there.has(namespace);

  const typeOf = async (apiVersion: string, kind: string): Promise<ResourceType | undefined> => {
    const known = resourceTypes.find(
      (type) => type.kind === kind && apiVersionOf(type) === apiVersion && reads.serves(type),
    );
    return known ?? discover(asUser, apiVersion, kind);
  };
  const dryRun = async (
    type: ResourceType,
    object: Written,
    named: { readonly name: string; readonly namespace?: string },
  ): Promise<Judged['kept'] & { readonly outcome: PlannedObject['outcome'] }> => {
    const { name, namespace } = named;
    if (!name || isOnlyPlanned(namespace)) {
      const staged = isOnlyPlanned(namespace)
        ? { ...named, name: '', generateName: `${name}-`, namespace: elsewhere }
        : named;
      const draft = { ...object, metadata: { ...object.metadata, ...staged } };
      const made = await asUser.create(type, draft, { dryRun: true });
      return { type, stored: renamed(made, named), outcome: 'Created' };
    }
    const before = await asUser.get(type, named).catch(unlessNotFound);
    const options = { dryRun: true, fieldManager: manager };
    const stored = await asUser.patch(type, named, 'apply', object, options);
    const outcome = !before ? 'Created' : isSame(before, stored) ? 'Unchanged' : 'Changed';
    return { type, stored, outcome };
  };

  const numbers = new Map<string, number>();
  const numberedName = (prefix: string) => {
    const number = numbers.get(prefix) ?? 0;
    numbers.set(prefix, number + 1);
    return `${prefix}${number}`;
  };

  return {
    async judge(written, fallback) {
      const object = written as Written;
      const { apiVersion = '', kind = '', metadata = {} } = object;
      const name = metadata.name ?? '';
      const type = await typeOf(apiVersion, kind);
      if (!type) {
        const message = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
        return { planned: { object: { kind, name }, outcome: 'Refused', message } };
      }
      const named = { name, ...(type.namespaced && { namespace: metadata.namespace ?? fallback }) };
      try {
        const { outcome, ...kept } = await dryRun(type, object, named);
        const { name: final } = kept.stored.metadata;
        return { planned: { object: { kind, ...named, name: final }, outcome }, kept };
      } catch (err) {
        const planned = { object: { kind, ...named }, outcome: 'Refused' as const };
        return { planned: { ...planned, message: refusalOf(err) } };
      }
    },
    async admit({ draft, count }) {
      const { namespace, generateName, name } = draft.metadata;
      const isStaged = isOnlyPlanned(namespace);
      const metadata = {
        ...draft.metadata,
        ...(isStaged && {
          namespace: elsewhere,
          name: '',
          generateName: generateName ?? `${name}-`,
        }),
      };
      try {
        const stored = await asController.create(pods, { ...draft, metadata }, { dryRun: true });
        const place = namespace === undefined ? {} : { namespace };
        return {
          pods: Array.from({ length: count }, () =>
            renamed(stored, { name: name ?? numberedName(generateName ?? ''), ...place }),
          ),
        };
      } catch (err) {
        return { refusal: refusalOf(err) };
      }
    },
  };
}

/** Kinds that somebody else has defined. */
async function discover(
  client: Client,
  apiVersion: string,
  kind: string,
): Promise<ResourceType | undefined> {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  if (!group) return undefined;
  interface Resources {
    readonly resources: readonly {
      readonly name: string;
      readonly kind: string;
      readonly singularName: string;
      readonly namespaced: boolean;
    }[];
  }
  const path = `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
  const found = await client.getPath<Resources>(path).catch(unlessNotFound);
  const row = found?.resources.find((each) => each.kind === kind && !each.name.includes('/'));
  if (!row) return undefined;
  const { name: resource, singularName: singular, namespaced } = row;
  return {
    ...{ group, version, resource, singular, kind, namespaced },
    shortNames: [],
    categories: [],
  };
}

const unlessNotFound = (err: unknown): undefined => {
  if (!isNotFound(err)) throw err;
};

/** In the server's words; what is no refusal is no answer. */
function refusalOf(err: unknown): string {
  if (!(err instanceof StatusError)) throw err;
  return err.status.message ?? err.message;
}

const renamed = <T extends KubeObject>(
  object: T,
  { name, namespace }: Omit<ObjectName, 'kind'>,
): T => {
  const place = namespace === undefined ? {} : { namespace };
  return { ...object, metadata: { ...object.metadata, ...(name && { name }), ...place } };
};

/** A dry run leaves the versions as they are. */
const isSame = (before: KubeObject, after: KubeObject): boolean =>
  before.metadata.generation === after.metadata.generation &&
  JSON.stringify(content(before)) === JSON.stringify(content(after));

const content = ({ metadata: { labels, annotations }, ...rest }: KubeObject) => ({
  ...rest,
  labels,
  annotations,
});
