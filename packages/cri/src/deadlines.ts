const seconds = 1000;

/** The kubelet's own bound for a call that starts nothing and pulls nothing. */
const ordinary = 120 * seconds;

/** How long each call may take, in milliseconds; undefined for as long as its signal lets it. */
export const deadlines = {
  ordinary,
  /** Calls of the health loop: a runtime that needs longer is not well. */
  health: 10 * seconds,
  /** Network plugins run inside this call. */
  runPodSandbox: 2 * ordinary,
  stopContainer: (graceSeconds: number) => graceSeconds * seconds + ordinary,
  /** The runtime keeps the command's own time; this one is for a runtime that does not. */
  execSync: (timeoutSeconds: number) =>
    timeoutSeconds > 0 ? timeoutSeconds * seconds + ordinary : undefined,
} as const;
