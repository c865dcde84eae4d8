import type { Container, Pod } from '@berth/api';

type Verdict = 'restart' | 'stay';

/**
 * Whether a container that exited with `exitCode` starts again: its own rules first, then its own policy, then the
 * pod's. `initial` is set for an init container, for which the pod's Always means OnFailure.
 */
export function restartsAfter(
  { spec }: Pod,
  container: Container,
  exitCode: number,
  initial = false,
): boolean {
  const rule = ruleFor(container, exitCode);
  if (rule) return rule === 'restart';
  const policy = container.restartPolicy ?? spec.restartPolicy ?? 'Always';
  if (policy === 'Never') return false;
  if (policy === 'Always' && (!initial || container.restartPolicy === 'Always')) return true;
  return exitCode !== 0;
}

/** Whether a container that failed, with whatever code, may start again. */
export const restartsOnFailure = ({ spec }: Pod, container: Container): boolean =>
  (container.restartPolicy ?? spec.restartPolicy) !== 'Never';

function ruleFor(container: Container, exitCode: number): Verdict | undefined {
  const rule = container.restartPolicyRules?.find(({ exitCodes }) => {
    if (!exitCodes) return false;
    const listed = (exitCodes.values ?? []).includes(exitCode);
    return exitCodes.operator === 'NotIn' ? !listed : listed;
  });
  return rule && (rule.action === 'Restart' ? 'restart' : 'stay');
}
