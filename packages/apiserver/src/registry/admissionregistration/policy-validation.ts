import type {
  FieldError,
  MutatingAdmissionPolicySpec,
  Mutation,
  ValidatingAdmissionPolicySpec,
  ValidatingAdmissionPolicyStatus,
  Validation,
} from '@berth/api';
import { at, duplicate, invalidValue, required } from '@berth/api';
import { checkConditions } from '../core/condition-checks.ts';
import { checkNeeded, checkOneOf, checkQualifiedName } from '../core/field-checks.ts';
import type { Given } from '../core/given.ts';
import { checkExpression, checkMatchConditions, checkVariables } from './expressions.ts';
import { checkMatchConstraints, failurePolicies } from './match-resources.ts';
import { checkParamKind } from './params.ts';

/** What policies of both kinds have. */
const checkPolicy = ({
  failurePolicy,
  paramKind,
  matchConstraints,
  matchConditions = [],
  variables = [],
}: Given<ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec>): readonly FieldError[] => [
  ...checkNeeded('spec.failurePolicy', failurePolicy, failurePolicies),
  ...(paramKind ? checkParamKind('spec.paramKind', paramKind) : []),
  ...checkMatchConstraints('spec.matchConstraints', matchConstraints),
  ...checkMatchConditions('spec.matchConditions', matchConditions),
  ...checkVariables('spec.variables', variables),
];

const mostAnnotations = 20;
const needsEither = 'validations or auditAnnotations must contain at least one item';

export function checkValidatingPolicy(
  name: string,
  spec: Given<ValidatingAdmissionPolicySpec>,
): readonly FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    return [
      ...checkPolicy(spec),
      required('spec.validations', needsEither),
      required('spec.auditAnnotations', needsEither),
    ];
  }
  return [
    ...checkPolicy(spec),
    ...validations.flatMap((validation, i) =>
      checkValidation(at('spec.validations', i), validation),
    ),
    ...(auditAnnotations.length > mostAnnotations
      ? [
          invalidValue(
            'spec.auditAnnotations',
            auditAnnotations,
            `must not have more than ${mostAnnotations} auditAnnotations`,
          ),
        ]
      : []),
    ...checkAuditAnnotations(name, auditAnnotations),
  ];
}

const checkValidation = (
  path: string,
  { expression, message = '', messageExpression = '', reason }: Given<Validation>,
): readonly FieldError[] => [
  ...checkExpression(at(path, 'expression'), expression, 'expression is not specified'),
  ...(messageExpression && messageExpression.trim() === ''
    ? [
        invalidValue(
          at(path, 'messageExpression'),
          messageExpression,
          'must be non-empty if specified',
        ),
      ]
    : []),
  ...checkMessage(at(path, 'message'), message),
  ...checkOneOf(at(path, 'reason'), reason, ['Forbidden', 'Invalid', 'RequestEntityTooLarge']),
];

function checkMessage(path: string, message: string): readonly FieldError[] {
  const text = message.trim();
  if (message && !text)
    return [invalidValue(path, message, 'message must be non-empty if specified')];
  return /[\n\r]/.test(text)
    ? [invalidValue(path, message, 'message must not contain line breaks')]
    : [];
}

const longestValueExpression = 5 * 1024;

function checkAuditAnnotations(
  name: string,
  annotations: NonNullable<Given<ValidatingAdmissionPolicySpec>['auditAnnotations']>,
): readonly FieldError[] {
  const keys = annotations.map(({ key }) => key);
  return annotations.flatMap(({ key = '', valueExpression = '' }, i) => {
    const path = at('spec.auditAnnotations', i);
    const tooLarge = Buffer.byteLength(valueExpression.trim()) > longestValueExpression;
    return [
      ...checkQualifiedName(at(path, 'key'), `${name}/${key}`),
      ...(tooLarge
        ? [
            required(
              at(path, 'valueExpression'),
              `must not exceed ${longestValueExpression} bytes in length`,
            ),
          ]
        : checkExpression(
            at(path, 'valueExpression'),
            valueExpression,
            'valueExpression is not specified',
          )),
      ...(keys.indexOf(key) < i ? [duplicate(at(path, 'key'), key)] : []),
    ];
  });
}

export const checkValidatingPolicyStatus = ({
  typeChecking,
  conditions = [],
}: Given<ValidatingAdmissionPolicyStatus>): readonly FieldError[] => [
  ...(typeChecking?.expressionWarnings ?? []).flatMap(({ fieldRef = '', warning }, i) => {
    const path = at('status.typeChecking.expressionWarnings', i);
    return [
      ...(warning ? [] : [required(at(path, 'warning'))]),
      ...(fieldRef.trim() ? [] : [required(at(path, 'fieldRef'))]),
    ];
  }),
  ...checkConditions('status.conditions', conditions),
];

export function checkMutatingPolicy(
  spec: Given<MutatingAdmissionPolicySpec>,
): readonly FieldError[] {
  const { mutations = [], reinvocationPolicy } = spec;
  return [
    ...checkPolicy(spec),
    ...(mutations.length
      ? mutations.flatMap((mutation, i) => checkMutation(at('spec.mutations', i), mutation))
      : [required('spec.mutations', 'mutations must contain at least one item')]),
    ...checkNeeded('spec.reinvocationPolicy', reinvocationPolicy, ['IfNeeded', 'Never']),
  ];
}

const patchTypes = ['ApplyConfiguration', 'JSONPatch'];

const checkMutation = (
  path: string,
  { patchType, applyConfiguration, jsonPatch }: Given<Mutation>,
): readonly FieldError[] => [
  ...checkNeeded(at(path, 'patchType'), patchType, patchTypes),
  ...checkPatch(at(path, 'applyConfiguration'), applyConfiguration, {
    chosen: patchType === 'ApplyConfiguration',
    patchType,
  }),
  ...checkPatch(at(path, 'jsonPatch'), jsonPatch, { chosen: patchType === 'JSONPatch', patchType }),
];

function checkPatch(
  path: string,
  patch: { readonly expression?: string } | undefined,
  { chosen, patchType = '' }: { readonly chosen: boolean; readonly patchType?: string | undefined },
): readonly FieldError[] {
  if (chosen) {
    return patch
      ? checkExpression(at(path, 'expression'), patch.expression, 'expression is not specified')
      : [required(path, `must be specified when patchType is ${patchType}`)];
  }
  return patch && patchTypes.includes(patchType)
    ? [invalidValue(path, patch, `must not be specified when patchType is ${patchType}`)]
    : [];
}
