import { at, invalidValue, required } from '@berth/api';
import type {
  FieldError,
  FieldSelectorAttributes,
  FieldSelectorRequirement,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
} from '@berth/api';

interface Asked {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** What is wrong with the question of an access review, apart from whom it is about. */
export function accessReviewProblems(
  metadata: Readonly<Record<string, unknown>>,
  { resourceAttributes, nonResourceAttributes }: Asked,
): readonly FieldError[] {
  const { managedFields: _fields, ...meta } = metadata;
  return [
    ...(resourceAttributes && nonResourceAttributes
      ? [
          invalidValue(
            'spec.nonResourceAttributes',
            nonResourceAttributes,
            'cannot be specified in combination with resourceAttributes',
          ),
        ]
      : []),
    ...(resourceAttributes || nonResourceAttributes
      ? []
      : [
          invalidValue(
            'spec.resourceAttributes',
            null,
            'exactly one of nonResourceAttributes or resourceAttributes must be specified',
          ),
        ]),
    ...(resourceAttributes ? selectorProblems(resourceAttributes) : []),
    ...(Object.keys(meta).length > 0 ? [invalidValue('metadata', meta, 'must be empty')] : []),
  ];
}

type Selector = FieldSelectorAttributes | LabelSelectorAttributes;

function selectorProblems({
  fieldSelector,
  labelSelector,
}: ResourceAttributes): readonly FieldError[] {
  const path = 'spec.resourceAttributes';
  return [
    ...(fieldSelector ? problemsOf(at(path, 'fieldSelector'), fieldSelector) : []),
    ...(labelSelector ? problemsOf(at(path, 'labelSelector'), labelSelector) : []),
  ];
}

function problemsOf(
  path: string,
  { rawSelector = '', requirements = [] }: Selector,
): readonly FieldError[] {
  if (rawSelector !== '' && requirements.length > 0)
    return [
      invalidValue(
        at(path, 'rawSelector'),
        rawSelector,
        'may not specified at the same time as requirements',
      ),
    ];
  if (rawSelector === '' && requirements.length === 0)
    return [
      required(
        at(path, 'requirements'),
        `when ${path} is specified, requirements or rawSelector is required`,
      ),
    ];
  return requirements.flatMap((one, index) =>
    requirementProblems(at(path, 'requirements', index), one),
  );
}

function requirementProblems(
  path: string,
  { key = '', operator = '', values = [] }: Partial<FieldSelectorRequirement>,
): readonly FieldError[] {
  const missing = key === '' ? [required(at(path, 'key'), 'must be specified')] : [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? missing
        : [
            ...missing,
            required(at(path, 'values'), "must be specified when `operator` is 'In' or 'NotIn'"),
          ];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? missing
        : [
            ...missing,
            {
              type: 'FieldValueForbidden',
              field: at(path, 'values'),
              detail:
                "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            },
          ];
    default:
      return [
        ...missing,
        invalidValue(at(path, 'operator'), operator, 'not a valid selector operator'),
      ];
  }
}
