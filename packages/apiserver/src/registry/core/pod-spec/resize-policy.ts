import type { ContainerResizePolicy, FieldError, PodSpec } from '@berth/api';
import { duplicate, invalidValue } from '@berth/api';
import { checkNeeded } from '../field-checks.ts';
import type { Given } from '../given.ts';

/** What must happen to a container when a resource of it is resized. */
export const validateResizePolicy = (
  path: string,
  policies: readonly Given<ContainerResizePolicy>[],
  { restartPolicy }: Given<PodSpec>,
): readonly FieldError[] =>
  policies.flatMap((policy, i) => [
    ...(policies.slice(0, i).some(({ resourceName }) => resourceName === policy.resourceName)
      ? [duplicate(`${path}[${i}]`, policy.resourceName ?? '')]
      : []),
    ...checkNeeded(path, policy.resourceName, ['cpu', 'memory']),
    ...checkNeeded(path, policy.restartPolicy, ['NotRequired', 'RestartContainer']),
    ...(restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired'
      ? [
          invalidValue(
            path,
            policy.restartPolicy ?? '',
            "must be 'NotRequired' when `restartPolicy` is 'Never'",
          ),
        ]
      : []),
  ]);
