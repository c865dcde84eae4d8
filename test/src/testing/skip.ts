/** Skips the test, or in a hook the suite, and says why: `npm test` lists it. */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.test;
  const isHook = runnable !== undefined && 'type' in runnable && runnable.type === 'hook';
  Object.assign((isHook ? runnable.parent : runnable) ?? {}, { skipReason: reason });
  return context.skip();
}

/** Why nothing that needs the machine itself can run; undefined when it can. */
export function whyNotRoot(): string | undefined {
  if (process.platform !== 'linux') return 'real containers need Linux';
  return process.getuid?.() === 0 ? undefined : 'real containers need root';
}
