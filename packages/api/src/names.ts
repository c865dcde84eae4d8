/** A rule for a text: the problems it finds, in the words that users of Kubernetes know. None means valid. */
export type NameRule = (value: string) => readonly string[];

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const dns1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const wildcard = `\\*\\.${subdomain}`;
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${qualified})?`;
const envVar = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const configKey = '[-._a-zA-Z0-9]+';
const percent = '[0-9]+%';
const httpHeader = '[-A-Za-z0-9]+';
const cIdentifier = '[A-Za-z_][A-Za-z0-9_]*';
const reason = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';

/** The problem text of a pattern: what it asks for, examples, and the pattern itself. */
const mismatch = (message: string, pattern: string, ...examples: readonly string[]) => {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (${shown && `e.g. ${shown}`}regex used for validation is '${pattern}')`;
};

/** A rule from a pattern and a length; `unit` is what the length is said to count. */
function patternRule(
  pattern: string,
  problem: string,
  maxLength = Infinity,
  unit: 'characters' | 'bytes' = 'characters',
): NameRule {
  const expression = new RegExp(`^(?:${pattern})$`);
  return (value) => [
    ...(byteLength(value) > maxLength ? [`must be no more than ${maxLength} ${unit}`] : []),
    ...(expression.test(value) ? [] : [problem]),
  ];
}

const byteLength = (value: string) => Buffer.byteLength(value);

/** `example.com`: most object names. */
export const dnsSubdomain: NameRule = patternRule(
  subdomain,
  mismatch(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    subdomain,
    'example.com',
  ),
  253,
);

const labelShape = patternRule(
  label,
  mismatch(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    label,
    'my-name',
    '123-abc',
  ),
  63,
);
const subdomainExpression = new RegExp(`^${subdomain}$`);

/** `my-name`: namespaces, containers, volumes. */
export const dnsLabel: NameRule = (value) =>
  labelShape(value).map((problem) =>
    problem.startsWith('a lowercase') && subdomainExpression.test(value)
      ? 'must not contain dots'
      : problem,
  );

/** `abc-123`: Services. */
export const dns1035Label: NameRule = patternRule(
  dns1035,
  mismatch(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    dns1035,
    'my-name',
    'abc-123',
  ),
  63,
);

/** `*.example.com`. */
export const wildcardSubdomain: NameRule = patternRule(
  wildcard,
  mismatch(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    wildcard,
    '*.example.com',
  ),
  253,
);

/** Whatever can stand between two slashes of a path: names of RBAC objects. */
export const pathSegment: NameRule = (value) =>
  value === '.' || value === '..' ? [`may not be '${value}'`] : pathSegmentPrefix(value);

const pathSegmentPrefix: NameRule = (value) =>
  ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);

const qualifiedProblem = mismatch(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualified,
  'MyName',
  'my.name',
  '123-abc',
);
const qualifiedShape = patternRule(qualified, qualifiedProblem, 63, 'bytes');

/** `example.com/MyName`: label and annotation keys, finalizers, extended resources. */
export const qualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedProblem} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [prefix] = parts.length === 2 ? parts : [];
  const name = parts[parts.length - 1] ?? '';
  return [...(prefix === undefined ? [] : prefixProblems(prefix)), ...namePartProblems(name)];
};

const prefixProblems: NameRule = (prefix) =>
  (prefix === '' ? ['must be non-empty'] : dnsSubdomain(prefix)).map(
    // Label keys count bytes where names count characters.
    (problem) => `prefix part ${problem.replace('characters', 'bytes')}`,
  );

const namePartProblems: NameRule = (name) =>
  (name === '' ? ['must be non-empty', qualifiedProblem] : qualifiedShape(name)).map(
    (problem) => `name part ${problem}`,
  );

/** The value of a label; may be empty. */
export const labelValueRule: NameRule = patternRule(
  labelValue,
  mismatch(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    labelValue,
    'MyValue',
    'my_value',
    '12345',
  ),
  63,
  'bytes',
);

/** A key of a ConfigMap or Secret. */
export const configMapKey: NameRule = (value) => [
  ...configMapKeyShape(value),
  ...parentDirectory(value),
];
const configMapKeyShape = patternRule(
  configKey,
  mismatch(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    configKey,
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
  253,
);

function parentDirectory(value: string): readonly string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** The strict rule for names of environment variables (`envFrom` keys follow it). */
export const envVarName: NameRule = (value) => [...envVarShape(value), ...parentDirectory(value)];
const envVarShape = patternRule(
  envVar,
  mismatch(
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    envVar,
    'my.env-name',
    'MY_ENV.NAME',
    'MyEnvName1',
  ),
);

/** What 1.34 and later take as a name in `env`: any printable ASCII but `=`. */
export const relaxedEnvVarName: NameRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ];
};

/** `http-web`: the name of a container or Service port. */
export const portName: NameRule = (value) => [
  ...(value.length > 15 ? ['must be no more than 15 characters'] : []),
  ...(/^[-a-z0-9]+$/.test(value)
    ? []
    : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
  ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
  ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
  ...(/^-|-$/.test(value) ? ['must not begin or end with a hyphen'] : []),
];

export const percentRule: NameRule = patternRule(
  percent,
  mismatch(
    "a valid percent string must be a numeric string followed by an ending '%'",
    percent,
    '1%',
    '93%',
  ),
);

export const httpHeaderName: NameRule = patternRule(
  httpHeader,
  mismatch(
    "a valid HTTP header must consist of alphanumeric characters or '-'",
    httpHeader,
    'X-Header-Name',
  ),
);

export const cIdentifierRule: NameRule = patternRule(
  cIdentifier,
  mismatch(
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    cIdentifier,
    'my_name',
    'MY_NAME',
    'MyName',
  ),
);

/** `MinimumReplicasAvailable`: why a condition is as it is. */
export const conditionReason: NameRule = patternRule(
  reason,
  mismatch(
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
    reason,
    'my_name',
    'MY_NAME',
    'MyName',
    'ReasonA,ReasonB',
    'ReasonA:ReasonB',
  ),
);

/** `must be between 1 and 65535, inclusive`, or nothing. */
export const inRange = (value: number, min: number, max: number): readonly string[] =>
  value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`];

export const portNumber = (port: number): readonly string[] => inRange(port, 1, 65535);

/** The rule for a `generateName`: a trailing dash is fine, because something will follow it. */
export function asPrefix(rule: NameRule): NameRule {
  if (rule === pathSegment) return pathSegmentPrefix;
  return (value) =>
    rule(value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value);
}
