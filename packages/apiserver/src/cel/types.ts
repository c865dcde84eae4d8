/** What an expression may know of a value before it sees it. */
export type CelType =
  | 'bool'
  | 'int'
  | 'double'
  | 'string'
  | 'bytes'
  | 'dyn'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'authorizer'
  | 'resource-check'
  | ListType
  | MapType
  | OptionalType
  | ObjectType;

interface ListType {
  readonly list: CelType;
}

/** A value that may be absent, `oldSelf.hasValue()`. */
interface OptionalType {
  readonly optional: CelType;
}

/** String keys, values of one type. */
export interface MapType {
  readonly map: CelType;
}

/** Known fields only. Two types are the same when they are the same value. */
export interface ObjectType {
  readonly fields: Readonly<Record<string, CelType>>;
  /** What a field is called in the data, where it cannot be called that in an expression. */
  readonly dataNames?: Readonly<Record<string, string>>;
}

export const isObjectType = (type: CelType): type is ObjectType =>
  typeof type === 'object' && 'fields' in type;

const plainNames: Readonly<Record<string, string>> = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  authorizer: 'kubernetes.authorization.Authorizer',
  'resource-check': 'kubernetes.authorization.ResourceCheck',
};

/** How the expression library calls a type; `nameOf` knows the object types. */
export function libraryName(type: CelType, nameOf: (type: ObjectType) => string): string {
  if (typeof type === 'string') return plainNames[type] ?? type;
  if ('list' in type) return `list<${libraryName(type.list, nameOf)}>`;
  if ('optional' in type) return `optional<${libraryName(type.optional, nameOf)}>`;
  if ('map' in type) return `map<string, ${libraryName(type.map, nameOf)}>`;
  return nameOf(type);
}

/** Every object type in `types`, each once, the inner ones first. */
export function objectTypesIn(types: readonly CelType[]): readonly ObjectType[] {
  const found = new Set<ObjectType>();
  const visit = (type: CelType): void => {
    if (typeof type === 'string') return;
    if ('list' in type) return visit(type.list);
    if ('optional' in type) return visit(type.optional);
    if ('map' in type) return visit(type.map);
    if (found.has(type)) return;
    Object.values(type.fields).forEach(visit);
    found.add(type);
  };
  types.forEach(visit);
  return [...found];
}
