const stages: readonly string[] = ['alpha', 'beta', 'stable'];

/** v2 before v1 before v1beta1 before v1alpha1, and names that are none of these after them, by alphabet. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [rankOf(a), rankOf(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return y.stage - x.stage || y.major - x.major || y.minor - x.minor;
}

function rankOf(version: string) {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return undefined;
  const [, major = '0', stage = 'stable', minor = '0'] = match;
  return { stage: stages.indexOf(stage), major: Number(major), minor: Number(minor) };
}
