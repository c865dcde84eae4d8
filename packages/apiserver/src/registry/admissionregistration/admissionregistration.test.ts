import assert from 'node:assert/strict';
import type {
  FieldError,
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { mutatingAdmissionPolicies, validatingAdmissionPolicies } from './policies.ts';
import { validatingAdmissionPolicyBindings } from './policy-bindings.ts';
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from './webhook-configurations.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const metadata = makeMetadata('a');

const hook: ValidatingWebhook = {
  name: 'deny.example.com',
  clientConfig: { service: { name: 's', namespace: 'n' } },
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const problemsOf = (...webhooks: readonly Partial<ValidatingWebhook>[]) => {
  const given = {
    metadata,
    webhooks: webhooks.map((webhook) => ({ ...hook, ...webhook })),
  } as ValidatingWebhookConfiguration;
  return texts(
    validatingWebhookConfigurations.validate?.(
      validatingWebhookConfigurations.defaults?.(given) ?? given,
    ),
  );
};

describe('webhook configurations', () => {
  it('are completed', () => {
    const configuration = mutatingWebhookConfigurations.defaults?.({ metadata, webhooks: [hook] });
    assert.deepEqual(configuration?.webhooks, [
      {
        ...hook,
        clientConfig: { service: { name: 's', namespace: 'n', port: 443 } },
        rules: [{ ...hook.rules?.[0], scope: '*' }],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
      },
    ]);
    assert.deepEqual(problemsOf({}), []);
  });

  it('refuse what cannot be called', () => {
    const form = '; desired format: https://host[/path]';
    assert.deepEqual(
      problemsOf(
        { name: 'short.name', clientConfig: {}, sideEffects: 'Some', timeoutSeconds: 31 },
        { clientConfig: { url: 'http://u:p@/?q=1#f' }, admissionReviewVersions: ['v2'] },
        { clientConfig: { service: { name: '', namespace: '', port: 0, path: 'a//b' } } },
      ),
      [
        'webhooks[0].name: Invalid value: "short.name": should be a domain with at least three segments separated by dots',
        'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
        'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
        'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
        `webhooks[1].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme${form}`,
        `webhooks[1].clientConfig.url: Invalid value: "": host must be specified${form}`,
        'webhooks[1].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
        'webhooks[1].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
        'webhooks[1].clientConfig.url: Invalid value: "q=1": query parameters are not permitted in the URL',
        'webhooks[1].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
        'webhooks[2].clientConfig.service.name: Required value: service name is required',
        'webhooks[2].clientConfig.service.namespace: Required value: service namespace is required',
        'webhooks[2].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
        `webhooks[2].clientConfig.service.path: Invalid value: "a//b": must start with a '/'`,
        'webhooks[2].clientConfig.service.path: Invalid value: "a//b": segment[0] may not be empty',
        'webhooks[2].clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty',
        'webhooks[2].name: Duplicate value: "deny.example.com"',
      ],
    );
  });

  it('refuse rules that say the same twice', () => {
    const rule = { operations: ['*', 'CREATE', 'X'], apiGroups: ['*', 'a'], apiVersions: [''] };
    assert.deepEqual(
      problemsOf({ rules: [{ ...rule, resources: ['pods/*', 'pods/x', '*', 'a'] }] }),
      [
        `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE","X"]: if '*' is present, must not specify other operations`,
        'webhooks[0].rules[0].operations[2]: Unsupported value: "X": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
        `webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups`,
        'webhooks[0].rules[0].apiVersions[0]: Required value',
        `webhooks[0].rules[0].resources[1]: Invalid value: "pods/x": if 'pods/*' is present, must not specify pods/x`,
        `webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/x","*","a"]: if '*' is present, must not specify other resources without subresources`,
      ],
    );
  });
});

const matchConstraints = { resourceRules: hook.rules ?? [] };

describe('admission policies', () => {
  const policyOf = (spec: ValidatingAdmissionPolicy['spec']): ValidatingAdmissionPolicy => {
    const policy = { metadata, spec };
    return validatingAdmissionPolicies.defaults?.(policy) ?? policy;
  };

  it('are completed', () => {
    const policy = policyOf({ matchConstraints, validations: [{ expression: 'true' }] });
    assert.deepEqual(validatingAdmissionPolicies.validate?.(policy), []);
    assert.equal(policy.spec.failurePolicy, 'Fail');
    assert.deepEqual(policy.spec.matchConstraints, {
      resourceRules: [{ ...hook.rules?.[0], scope: '*' }],
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
    });
  });

  it('refuse what decides nothing', () => {
    const either = 'validations or auditAnnotations must contain at least one item';
    assert.deepEqual(texts(validatingAdmissionPolicies.validate?.(policyOf({}))), [
      'spec.matchConstraints: Required value',
      `spec.validations: Required value: ${either}`,
      `spec.auditAnnotations: Required value: ${either}`,
    ]);
    const odd = policyOf({
      matchConstraints,
      paramKind: { apiVersion: 'a/b/c', kind: 'A_b' },
      variables: [{ name: 'for', expression: ' ' }],
      validations: [{ expression: '', message: 'a\nb', reason: 'NotFound' }],
      matchConditions: [
        { name: 'x', expression: '1' },
        { name: 'x', expression: '' },
      ],
    });
    assert.deepEqual(
      texts(validatingAdmissionPolicies.validate?.(odd)).map((text) => text.slice(0, 90)),
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        'spec.paramKind.kind: Invalid value: "A_b": may have mixed case, but should otherwise match: a DNS-1035',
        'spec.matchConditions[1].expression: Required value',
        'spec.matchConditions[1].name: Duplicate value: "x"',
        'spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier',
        'spec.variables[0].expression: Required value: expression is not specified',
        'spec.validations[0].expression: Required value: expression is not specified',
        'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
        'spec.validations[0].reason: Unsupported value: "NotFound": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ].map((text) => text.slice(0, 90)),
    );
  });

  it('keep their status to its own door', () => {
    const status = { observedGeneration: 1 };
    const old = { ...policyOf({}), status };
    const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };
    const created = validatingAdmissionPolicies.prepareForCreate?.(old, context);
    assert.equal(created?.status, undefined);
    assert.deepEqual(
      validatingAdmissionPolicies.prepareForUpdate?.(policyOf({}), old, context).status,
      status,
    );
  });

  it('need a mutation to mutate', () => {
    const problems = (spec: MutatingAdmissionPolicy['spec']) => {
      const policy: MutatingAdmissionPolicy = { metadata, spec };
      return texts(
        mutatingAdmissionPolicies.validate?.(
          mutatingAdmissionPolicies.defaults?.(policy) ?? policy,
        ),
      );
    };
    assert.deepEqual(problems({ matchConstraints }), [
      'spec.mutations: Required value: mutations must contain at least one item',
      'spec.reinvocationPolicy: Required value',
    ]);
    const patch = { expression: '[]' };
    const mutations = [
      { patchType: 'JSONPatch', applyConfiguration: patch },
      { patchType: 'JSONPatch', jsonPatch: patch },
    ];
    assert.deepEqual(problems({ matchConstraints, mutations, reinvocationPolicy: 'Never' }), [
      'spec.mutations[0].applyConfiguration: Invalid value: {"expression":"[]"}: must not be specified when patchType is JSONPatch',
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    ]);
  });
});

describe('policy bindings', () => {
  const bindingOf = (
    spec: Partial<ValidatingAdmissionPolicyBinding['spec']>,
  ): ValidatingAdmissionPolicyBinding => ({
    metadata,
    spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
  });

  it('refuse what contradicts itself', () => {
    const binding = bindingOf({
      paramRef: { name: 'n', selector: {} },
      validationActions: ['Deny', 'Warn', 'Shout', 'Deny'],
    });
    assert.deepEqual(texts(validatingAdmissionPolicyBindings.validate?.(binding)), [
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Required value',
      'spec.validationActions[2]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions[3]: Duplicate value: "Deny"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Shout","Deny"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ]);
  });

  it('show their parameters', () => {
    const shown = (spec: Partial<ValidatingAdmissionPolicyBinding['spec']>) =>
      validatingAdmissionPolicyBindings.columns
        .find(({ name }) => name === 'ParamRef')
        ?.cell(bindingOf(spec), 0);
    assert.equal(shown({}), '<unset>');
    assert.equal(shown({ paramRef: { name: 'a', namespace: 'n' } }), 'n/a');
    assert.equal(
      shown({ paramRef: { selector: { matchLabels: { a: 'b' } } } }),
      '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}',
    );
  });
});
