/** What a kubelet says about its own machine. */
const own: ReadonlySet<string> = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);

const ownPrefixes = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const reserved = ['kubernetes.io', 'k8s.io'];

type Labels = Readonly<Record<string, string>>;

/** The labels, sorted, that differ between `old` and `next` and that a node must not change on itself. */
export const forbiddenLabels = (old: Labels, next: Labels): readonly string[] =>
  [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((key) => valueOf(old, key) !== valueOf(next, key) && !mayChange(key))
    .sort();

const valueOf = (labels: Labels, key: string) =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

function mayChange(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? '' : key.slice(0, slash);
  if (own.has(key) || ownPrefixes.some((one) => isWithin(prefix, one))) return true;
  return !reserved.some((one) => isWithin(prefix, one));
}

const isWithin = (prefix: string, domain: string) =>
  prefix === domain || prefix.endsWith(`.${domain}`);
