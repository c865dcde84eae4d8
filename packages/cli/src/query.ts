/** What narrows a list down, as the API spells it. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `?a=1&b=2`, without what is undefined or empty; nothing at all when nothing is left. */
export function queryString(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '';
}
