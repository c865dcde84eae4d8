import type { FieldError, Toleration } from '@berth/api';
import { invalidValue, labelValueRule, notSupported } from '@berth/api';
import { checkOneOf, checkQualifiedName } from '../field-checks.ts';
import type { Given } from '../given.ts';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

export const validateTolerations = (
  path: string,
  tolerations: readonly Given<Toleration>[],
): readonly FieldError[] =>
  tolerations.flatMap((toleration, i) => {
    const { key, operator = '', effect = '', tolerationSeconds } = toleration;
    const at = `${path}[${i}]`;
    return [
      ...(key ? checkQualifiedName(`${at}.key`, key) : []),
      ...(!key && operator !== 'Exists'
        ? [
            invalidValue(
              `${at}.operator`,
              operator,
              'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            ),
          ]
        : []),
      ...(tolerationSeconds !== undefined && effect !== 'NoExecute'
        ? [
            invalidValue(
              `${at}.effect`,
              effect,
              "effect must be 'NoExecute' when `tolerationSeconds` is set",
            ),
          ]
        : []),
      ...validateOperator(`${at}.operator`, toleration),
      ...(effect ? checkOneOf(`${at}.effect`, effect, taintEffects) : []),
    ];
  });

function validateOperator(
  path: string,
  { operator = '', value = '' }: Given<Toleration>,
): readonly FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const problems = labelValueRule(value);
      return problems.length ? [invalidValue(path, value, problems.join(';'))] : [];
    }
    case 'Exists':
      return value
        ? [invalidValue(path, value, "value must be empty when `operator` is 'Exists'")]
        : [];
    default:
      return [notSupported(path, operator, ['Equal', 'Exists'])];
  }
}
