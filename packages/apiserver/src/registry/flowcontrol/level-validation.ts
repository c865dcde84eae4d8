import { forbiddenField, invalidValue, isDeepEqual, notSupported, required } from '@berth/api';
import type {
  FieldError,
  LimitResponse,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from '@berth/api';
import { mandatoryLevels } from '../../flow-control/objects.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import { checkConditionTypes } from './condition-types.ts';

const mostQueues = 10_000_000;
/** A hand is dealt from one hash of this many bits. */
const hashBits = 60;

export function validateLevel(level: PriorityLevelConfiguration): readonly FieldError[] {
  const { name } = level.metadata;
  const { spec = {} } = asGiven(level);
  const { type = '', limited, exempt } = spec;
  return [
    ...((name === 'exempt') === (type === 'Exempt')
      ? []
      : [invalidValue('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'")]),
    ...checkByType(type, limited, exempt),
    ...checkMandatory(level),
    ...checkConditionTypes(level.status?.conditions),
  ];
}

function checkByType(
  type: string,
  limited: Given<LimitedPriorityLevelConfiguration> | undefined,
  exempt: LimitedPriorityLevelConfiguration | undefined,
): readonly FieldError[] {
  switch (type) {
    case 'Exempt':
      return [
        ...(exempt ? checkShares('spec.exempt', exempt) : []),
        ...(limited
          ? [forbiddenField('spec.limited', 'must be nil if the type is not Limited')]
          : []),
      ];
    case 'Limited':
      return [
        ...(limited
          ? checkLimited('spec.limited', limited)
          : [required('spec.limited', 'must not be empty when type is Limited')]),
        ...(exempt ? [forbiddenField('spec.exempt', 'must be nil if the type is Limited')] : []),
      ];
    default:
      return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

function checkMandatory({ metadata: { name }, spec }: PriorityLevelConfiguration) {
  const fixed = mandatoryLevels.find((level) => level.name === name)?.spec;
  if (!fixed) return [];
  if (name === 'exempt') {
    const { exempt: _exempt, ...rest } = spec;
    const { exempt: _fixed, ...wanted } = fixed;
    return isDeepEqual(rest, wanted)
      ? []
      : [
          invalidValue(
            'spec',
            spec,
            "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value",
          ),
        ];
  }
  return isDeepEqual(spec, fixed)
    ? []
    : [invalidValue('spec', spec, `spec of '${name}' must equal the fixed value`)];
}

type Shares = Pick<
  LimitedPriorityLevelConfiguration,
  'nominalConcurrencyShares' | 'lendablePercent'
>;

const checkShares = (
  path: string,
  { nominalConcurrencyShares = 0, lendablePercent = 0 }: Shares,
): readonly FieldError[] => [
  ...(nominalConcurrencyShares < 0
    ? [
        invalidValue(
          `${path}.nominalConcurrencyShares`,
          nominalConcurrencyShares,
          'must be a non-negative integer',
        ),
      ]
    : []),
  ...(lendablePercent < 0 || lendablePercent > 100
    ? [
        invalidValue(
          `${path}.lendablePercent`,
          lendablePercent,
          'must be between 0 and 100, inclusive',
        ),
      ]
    : []),
];

function checkLimited(
  path: string,
  limited: Given<LimitedPriorityLevelConfiguration>,
): readonly FieldError[] {
  const { limitResponse = {}, borrowingLimitPercent = 0 } = limited;
  return [
    ...checkShares(path, limited),
    ...checkResponse(`${path}.limitResponse`, limitResponse),
    ...(borrowingLimitPercent < 0
      ? [
          invalidValue(
            `${path}.borrowingLimitPercent`,
            borrowingLimitPercent,
            'if specified, must be a non-negative integer',
          ),
        ]
      : []),
  ];
}

function checkResponse(
  path: string,
  { type = '', queuing }: Given<LimitResponse>,
): readonly FieldError[] {
  switch (type) {
    case 'Reject':
      return queuing
        ? [
            forbiddenField(
              `${path}.queuing`,
              'must be nil if limited.limitResponse.type is not Limited',
            ),
          ]
        : [];
    case 'Queue':
      return queuing
        ? checkQueuing(`${path}.queuing`, queuing)
        : [
            required(
              `${path}.queuing`,
              'must not be empty if limited.limitResponse.type is Limited',
            ),
          ];
    default:
      return [notSupported(`${path}.type`, type, ['Queue', 'Reject'])];
  }
}

function checkQueuing(
  path: string,
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration,
): readonly FieldError[] {
  return [
    ...(queueLengthLimit <= 0
      ? [invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive')]
      : []),
    ...(queues <= 0 ? [invalidValue(`${path}.queues`, queues, 'must be positive')] : []),
    ...(queues > mostQueues
      ? [invalidValue(`${path}.queues`, queues, `must not be greater than ${mostQueues}`)]
      : []),
    ...checkHand(`${path}.handSize`, queues, handSize),
  ];
}

function checkHand(path: string, queues: number, handSize: number): readonly FieldError[] {
  if (handSize <= 0) return [invalidValue(path, handSize, 'must be positive')];
  if (handSize > queues) {
    return [invalidValue(path, handSize, `should not be greater than queues (${queues})`)];
  }
  const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
  return exceedsHash(queues, handSize) ? [invalidValue(path, handSize, why)] : [];
}

/** Whether there are more hands than hashes. Ends after sixty steps at most: each card adds a bit, but for the last. */
function exceedsHash(queues: number, handSize: number): boolean {
  let bits = 0;
  for (let card = 0; card < handSize; card++) {
    bits += Math.log2(queues - card);
    if (Math.ceil(bits) > hashBits) return true;
  }
  return false;
}
