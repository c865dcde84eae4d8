import type { Container, FieldError } from '@berth/api';
import { forbiddenField, invalidValue, notSupported, required } from '@berth/api';
import type { Given } from '../given.ts';

const policies = ['Always', 'Never', 'OnFailure'] as const;
const actions = ['Restart', 'RestartAllContainers'] as const;
const operators = ['In', 'NotIn'] as const;

/** Upstream's bounds on the rules of a container, and on the exit codes of a rule. */
const mostRules = 20;
const mostExitCodes = 255;

/** A container's own restart policy and the rules that refine it. */
export function validateRestartRules(
  path: string,
  { restartPolicy, restartPolicyRules = [] }: Given<Container>,
): readonly FieldError[] {
  const known: readonly string[] = policies;
  return [
    ...(restartPolicy !== undefined && !known.includes(restartPolicy)
      ? [notSupported(`${path}.restartPolicy`, restartPolicy, policies)]
      : []),
    ...(restartPolicyRules.length > 0 && restartPolicy === undefined
      ? [
          required(
            `${path}.restartPolicy`,
            'must specify restartPolicy when restart rules are used',
          ),
        ]
      : []),
    ...(restartPolicyRules.length > mostRules
      ? [
          invalidValue(
            `${path}.restartPolicyRules`,
            restartPolicyRules.length,
            `must not have more than ${mostRules} rules`,
          ),
        ]
      : []),
    ...restartPolicyRules.flatMap((rule, i) =>
      validateRule(`${path}.restartPolicyRules[${i}]`, rule),
    ),
  ];
}

type Rule = NonNullable<Given<Container>['restartPolicyRules']>[number];

function validateRule(path: string, { action = '', exitCodes }: Rule): readonly FieldError[] {
  const known: readonly string[] = actions;
  return [
    ...(known.includes(action) ? [] : [notSupported(`${path}.action`, action, actions)]),
    ...(exitCodes
      ? validateExitCodes(`${path}.exitCodes`, exitCodes)
      : [required(`${path}.exitCodes`, 'must be specified')]),
  ];
}

function validateExitCodes(
  path: string,
  { operator = '', values = [] }: NonNullable<Rule['exitCodes']>,
): readonly FieldError[] {
  const known: readonly string[] = operators;
  return [
    ...(known.includes(operator) ? [] : [notSupported(`${path}.operator`, operator, operators)]),
    ...(values.length > mostExitCodes
      ? [forbiddenField(`${path}.values`, `must have at most ${mostExitCodes} items`)]
      : []),
  ];
}
