import type { FieldError, IngressClass, IngressClassParametersReference } from '@berth/api';
import {
  forbiddenField,
  ingressClasses as ingressClassesType,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import { checkDnsLabel, checkSubdomain, checkUnchanged } from '../core/field-checks.ts';
import { asGiven } from '../core/given.ts';
import type { Given } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';
import { checkReference } from './references.ts';

export const ingressClasses: Strategy<IngressClass> = {
  type: ingressClassesType,
  defaults: withDefaults,
  validate,
  validateUpdate: (ingressClass, old) => {
    const { controller } = asGiven(ingressClass).spec ?? {};
    return [
      ...checkUnchanged(
        'spec.controller',
        controller ?? '',
        controller === asGiven(old).spec?.controller,
      ),
      ...validate(ingressClass),
    ];
  },
  columns: [
    nameColumn,
    {
      name: 'Controller',
      type: 'string',
      description: 'The controller that serves ingresses of this class.',
      cell: (ingressClass) => asGiven(ingressClass).spec?.controller ?? '',
    },
    {
      name: 'Parameters',
      type: 'string',
      description: 'What the controller is told beside.',
      cell: (ingressClass) => showParameters(asGiven(ingressClass).spec?.parameters),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: true,
};

function withDefaults(ingressClass: IngressClass): IngressClass {
  const spec = (asGiven(ingressClass).spec ?? {}) as IngressClass['spec'];
  const { parameters } = spec;
  return {
    ...ingressClass,
    spec: {
      ...spec,
      ...(parameters && { parameters: { ...parameters, scope: parameters.scope ?? 'Cluster' } }),
    },
  };
}

const longestController = 250;

function validate(ingressClass: IngressClass): readonly FieldError[] {
  const { controller, parameters } = asGiven(ingressClass).spec ?? {};
  const path = 'spec.controller';
  return [
    ...(controller ? checkController(path, controller) : [required(path)]),
    ...(parameters ? checkParameters('spec.parameters', parameters) : []),
  ];
}

const pathShape = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathExpression = new RegExp(`^${pathShape}$`);

/** `example.com/controller`. */
function checkController(path: string, controller: string): readonly FieldError[] {
  const slash = controller.indexOf('/');
  const host = controller.slice(0, slash);
  const rest = controller.slice(slash + 1);
  return [
    ...(Buffer.byteLength(controller) > longestController
      ? [tooLong(path, longestController)]
      : []),
    ...(slash < 1 || !rest
      ? [invalidValue(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]
      : [
          ...checkSubdomain(path, host),
          ...(pathExpression.test(rest)
            ? []
            : [
                invalidValue(
                  path,
                  rest,
                  `Invalid path (regex used for validation is '${pathShape}')`,
                ),
              ]),
        ]),
  ];
}

function checkParameters(
  path: string,
  parameters: Given<IngressClassParametersReference>,
): readonly FieldError[] {
  const { scope, namespace } = parameters;
  const where = `${path}.namespace`;
  const problems = checkReference(path, parameters);
  switch (scope) {
    case undefined:
      return [...problems, required(`${path}.scope`)];
    case 'Cluster':
      return namespace === undefined
        ? problems
        : [...problems, forbiddenField(where, "`parameters.scope` is set to 'Cluster'")];
    case 'Namespace':
      return namespace === undefined
        ? [...problems, required(where, "`parameters.scope` is set to 'Namespace'")]
        : [...problems, ...checkDnsLabel(where, namespace)];
    default:
      return [...problems, notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace'])];
  }
}

function showParameters(parameters: Given<IngressClassParametersReference> | undefined): string {
  if (!parameters) return '<none>';
  const { kind = '', apiGroup, name = '' } = parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}
