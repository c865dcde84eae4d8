import type {
  ApiResponse,
  Decoded,
  FieldError,
  JSONSchemaProps,
  KubeObject,
  ObjectMeta,
  ResourceType,
  Schema,
  Status,
} from '@berth/api';
import type { RequestContext, UserInfo } from '../request.ts';

/** What a strategy may know besides the objects. */
export interface StrategyContext {
  readonly now: number;
  readonly user: UserInfo;
  /** Adds a warning header to the answer. */
  warn(text: string): void;
}

/** One column of a Table, as `kubectl get` prints it. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 is shown always, 1 only with `-o wide`. */
  readonly priority?: number;
  /** The cell; `now` is for ages. */
  readonly cell: (object: T, now: number) => string | number | boolean | null;
}

export interface ScaleAccess<T> {
  readonly replicas: (object: T) => number;
  readonly statusReplicas: (object: T) => number;
  /** The label selector in its string form. */
  readonly selector: (object: T) => string;
  readonly withReplicas: (object: T, replicas: number) => T;
}

/** How objects are read whose kind is not one of the generated ones. */
export interface BodyRules {
  readonly decode: (value: unknown) => Decoded;
  /** How fields are owned and merged; without one every list is a single value. */
  readonly schema: Schema | undefined;
}

/** Objects of one kind, in whatever version each is, as objects of `apiVersion`; in their order. */
export type Convert = (
  objects: readonly KubeObject[],
  apiVersion: string,
) => Promise<readonly KubeObject[]>;

/** An object with what was set aside for it. */
export interface Reservation<T> {
  readonly object: T;
  /** Called when the write fails, or was only a dry run. */
  readonly release: () => Promise<void>;
  /** Called when the write is stored: gives up what the old object held and the new one does not. */
  readonly settle?: () => Promise<void>;
}

/**
 * What is special about one resource: the named moments at which it may have an opinion. Everything else is the
 * generic registry's. All functions are pure; objects are never changed, a changed copy is returned.
 *
 * On create: decode, defaults, mutating admission, defaults, prepareForCreate, reserve, validate, validating
 * admission, store. On update: the same with prepareForUpdate, reserveForUpdate and validateUpdate.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  /** Absent for kinds that are generated. */
  readonly body?: BodyRules;
  /** Fills in what the client left out, with upstream's defaults. Runs on every decoded object, so it is idempotent. */
  readonly defaults?: (object: T) => T;
  /** Clears what clients may not set (status), sets what only the server sets. */
  readonly prepareForCreate?: (object: T, context: StrategyContext) => T;
  /** Keeps what an update may not touch (status, when it is a subresource). */
  readonly prepareForUpdate?: (object: T, old: T, context: StrategyContext) => T;
  /** Every problem with its field path, in upstream's words. Object metadata is validated by the registry. */
  readonly validate?: (object: T) => readonly FieldError[];
  /** Problems of a change, immutable fields above all; `validate` is called by this function where it applies. */
  readonly validateUpdate?: (object: T, old: T) => readonly FieldError[];
  readonly warnings?: (object: T, old: T | undefined) => readonly string[];
  /** Parts whose change raises `metadata.generation`; `spec` when absent, never when the kind has no generation. */
  readonly generationOf?: (object: T) => unknown;
  /** The status subresource; absent when the kind has none. */
  readonly status?: {
    /** By default everything but status (and metadata that status writers may set) is kept from `old`. */
    readonly prepareForUpdate?: (object: T, old: T, context: StrategyContext) => T;
    readonly validateUpdate?: (object: T, old: T) => readonly FieldError[];
    /** Who writes the status changes nothing else, not even labels; only who manages which field is new. */
    readonly keepsMeta?: boolean;
  };
  readonly scale?: ScaleAccess<T>;
  /** Field selector values beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: (object: T) => Readonly<Record<string, string>>;
  /** Names of the fields that `selectableFields` can give. */
  readonly selectable?: readonly string[];
  readonly columns: readonly Column<T>[];
  /** Said to everyone who asks for the resource: that it is deprecated. */
  readonly warning?: string;
  /** Why nothing new is taken, while the resource itself is being removed. */
  readonly closed?: string;
  /** What clients are told of the kind, when it is not a generated one. */
  readonly published?: JSONSchemaProps;
  /** How names are checked: `subdomain` (RFC 1123) unless said otherwise. */
  readonly nameKind?: 'subdomain' | 'label' | 'label1035' | 'path-segment' | 'ip-address';
  /** A PUT to a name that does not exist creates it (Lease, Endpoints, …). */
  readonly allowCreateOnUpdate?: boolean;
  /** A PUT without resourceVersion is taken. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Objects that vanish by themselves after this many seconds (events). */
  readonly ttlSeconds?: number;
  /** Seconds an object lives on after DELETE; undefined removes it at once. Pods ask their node to stop first. */
  readonly deletionGrace?: (object: T, asked: number | undefined) => number | undefined;
  /** A DELETE that does not say what becomes of the dependents leaves them alone, as it did before there was a choice. */
  readonly orphansByDefault?: boolean;
  /** No object is ever collected with one of these (events): a DELETE waits for no dependents, whatever it says. */
  readonly ownsNothing?: boolean;
  /** Whether something beyond metadata.finalizers keeps an object that is being deleted (spec.finalizers of a Namespace). */
  readonly holdsDeletion?: (object: T) => boolean;
  /** How an object changes at the moment its deletion begins (a Namespace turns Terminating). */
  readonly beginDeletion?: (object: T) => T;
  /** DELETE answers with the removed object instead of a Status (pods, services, service accounts). */
  readonly returnsDeleted?: boolean;
  /** Where objects are stored when not under their own group and resource (views such as autoscaling/v1). */
  readonly storedAs?: {
    readonly type: ResourceType;
    readonly toStored: (object: T) => KubeObject;
    readonly fromStored: (object: KubeObject) => T;
    /** How versions are told from each other when somebody else has to be asked. */
    readonly convert?: Convert;
  };
  /** Work around a create that touches more than the object: allocating an address, say. Undone when the create fails. */
  readonly reserve?: (object: T, context: StrategyContext) => Promise<Reservation<T>>;
  /** The same around an update. */
  readonly reserveForUpdate?: (
    object: T,
    old: T,
    context: StrategyContext,
  ) => Promise<Reservation<T>>;
  /** Objects cannot be deleted together (namespaces). */
  readonly noDeleteCollection?: boolean;
  /** Called after an object is gone from storage. */
  readonly afterDelete?: (object: T) => Promise<void>;
}

/**
 * Answers requests to one subresource that is more than a view of the object: `pods/binding`, `serviceaccounts/token`.
 * An object is encoded as the client asked (201 after POST); a whole response is passed on as it is.
 */
export type SubresourceHandler = (
  context: RequestContext,
) => Promise<KubeObject | Status | SubresourceObject | ApiResponse>;

interface SubresourceObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Partial<ObjectMeta>;
}
