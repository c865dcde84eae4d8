type Values = Readonly<Record<string, unknown>>;

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, a list or a Table without the records of who manages which field. */
export function withoutManagedFields(value: unknown): unknown {
  if (!isValues(value)) return value;
  const { metadata, items, rows } = value;
  return {
    ...value,
    ...(isValues(metadata) && { metadata: withoutFields(metadata) }),
    ...(Array.isArray(items) && { items: items.map(withoutManagedFields) }),
    ...(Array.isArray(rows) && { rows: rows.map(withoutObjectFields) }),
  };
}

const withoutFields = ({ managedFields: _fields, ...metadata }: Values): Values => metadata;

const withoutObjectFields = (row: unknown): unknown =>
  isValues(row) ? { ...row, object: withoutManagedFields(row.object) } : row;
