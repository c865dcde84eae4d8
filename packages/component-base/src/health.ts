/** One named condition; throws when it does not hold. */
export interface HealthCheck {
  readonly name: string;
  readonly check: () => void | Promise<void>;
}

export interface HealthQuery {
  /** `livez`, `readyz`, `healthz`: only used in the text. */
  readonly endpoint: string;
  readonly verbose?: boolean;
  /** Names of checks that may fail. */
  readonly exclude?: readonly string[];
}

export interface HealthAnswer {
  readonly healthy: boolean;
  /** What the endpoint prints, in upstream's form. Reasons are withheld: they may tell too much. */
  readonly text: string;
  /** The checks that failed, for the log. */
  readonly failures: readonly { readonly name: string; readonly err: unknown }[];
}

/** Runs every check and prints the outcome as Kubernetes' health endpoints do. */
export async function runHealthChecks(
  checks: readonly HealthCheck[],
  { endpoint, verbose = false, exclude = [] }: HealthQuery,
): Promise<HealthAnswer> {
  const included = checks.filter(({ name }) => !exclude.includes(name));
  const failures = (await Promise.all(included.map(run))).filter(
    (failure) => failure !== undefined,
  );
  const failed = new Set(failures.map(({ name }) => name));
  const lines = checks.map(({ name }) => {
    if (exclude.includes(name)) return `[+]${name} excluded: ok\n`;
    return failed.has(name) ? `[-]${name} failed: reason withheld\n` : `[+]${name} ok\n`;
  });
  const unknown = exclude.filter((name) => !checks.some((check) => check.name === name));
  const names = unknown.map((name) => JSON.stringify(name)).join(',');
  const warning = names && `warn: some health checks cannot be excluded: no matches for ${names}\n`;
  const details = [...lines, warning].join('');
  if (failures.length > 0) {
    return { healthy: false, text: `${details}${endpoint} check failed\n`, failures };
  }
  return { healthy: true, text: verbose ? `${details}${endpoint} check passed\n` : 'ok', failures };
}

async function run({ name, check }: HealthCheck) {
  try {
    await check();
    return undefined;
  } catch (err) {
    return { name, err };
  }
}
