import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseJson } from '../json.ts';
import { definition } from '../schema.ts';
import { decode } from './decode.ts';

const deployment = (spec: object) => decode({ kind: 'Deployment', spec }, 'Deployment');

describe('decode', () => {
  it('keeps known fields and reports the others by path', () => {
    const { object, unknownFields, error } = deployment({
      replicas: 2,
      foo: 1,
      template: { spec: { containers: [{ name: 'a', imagePullPolice: 'x' }] } },
      __proto__x: 1,
    });
    assert.equal(error, undefined);
    assert.deepEqual(unknownFields, [
      'unknown field "spec.foo"',
      'unknown field "spec.template.spec.containers[0].imagePullPolice"',
      'unknown field "spec.__proto__x"',
    ]);
    assert.deepEqual(object, {
      kind: 'Deployment',
      spec: { replicas: 2, template: { spec: { containers: [{ name: 'a' }] } } },
    });
  });

  it('takes null for absent, in lists and maps for empty', () => {
    const { object } = decode(
      {
        metadata: { name: 'a', labels: { a: null }, annotations: null, creationTimestamp: null },
        spec: { containers: [null], nodeSelector: {} },
      },
      'Pod',
    );
    assert.deepEqual(object, {
      metadata: { name: 'a', labels: { a: '' } },
      spec: { containers: [{}] },
    });
  });

  it('drops zero values only where they mean nothing', () => {
    const { object } = decode(
      {
        metadata: { name: 'a', namespace: '', labels: {}, finalizers: [] },
        spec: {
          hostNetwork: false,
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          securityContext: {},
          containers: [],
          volumes: [{ name: 'v', emptyDir: {} }],
        },
      },
      'Pod',
    );
    assert.deepEqual(object, {
      metadata: { name: 'a' },
      spec: {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        securityContext: {},
        containers: [],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    });
  });

  it('keeps quantities and times in canonical form, and free JSON as it is', () => {
    const { object, error } = decode(
      {
        metadata: {
          creationTimestamp: '2026-01-01T01:00:00.5+01:00',
          managedFields: [{ fieldsV1: { 'f:a': {}, 'f:b': null } }],
        },
        spec: {
          containers: [{ name: 'a', resources: { requests: { cpu: 0.5, memory: '1024Mi' } } }],
          volumes: [{ name: 'v', emptyDir: { sizeLimit: '0.5Gi' } }],
        },
      },
      'Pod',
    );
    assert.equal(error, undefined);
    assert.deepEqual(object, {
      metadata: {
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: [{ fieldsV1: { 'f:a': {}, 'f:b': null } }],
      },
      spec: {
        containers: [{ name: 'a', resources: { requests: { cpu: '500m', memory: '1Gi' } } }],
        volumes: [{ name: 'v', emptyDir: { sizeLimit: '512Mi' } }],
      },
    });
  });

  const errors: readonly (readonly [object, string])[] = [
    [
      { replicas: 'two' },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { replicas: 1.5 },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { replicas: 2 ** 31 },
      'json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { paused: 'yes' },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool',
    ],
    [
      { template: { metadata: { labels: { a: 1 } } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.spec.template.metadata.labels of type string',
    ],
    [
      { template: { spec: { containers: {} } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { template: { spec: { containers: [{ ports: [{ containerPort: 'x' }] }] } } },
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32',
    ],
    [
      { template: [] },
      'json: cannot unmarshal array into Go struct field DeploymentSpec.spec.template of type v1.PodTemplateSpec',
    ],
    [
      { template: { spec: { containers: [{ resources: { limits: { cpu: 'much' } } }] } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: true } } },
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    [
      { template: { metadata: { creationTimestamp: 'now' } } },
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
  ];
  for (const [spec, message] of errors) {
    it(`says ${message.slice(0, 90)}`, () => assert.equal(deployment(spec).error, message));
  }

  it('says which type the whole value should have', () => {
    assert.equal(
      decode([], 'Pod').error,
      'json: cannot unmarshal array into Go value of type v1.Pod',
    );
  });

  it('checks base64', () => {
    const secret = (text: string) => decode({ data: { a: text } }, 'Secret');
    assert.deepEqual(secret('aGk=\n').object, { data: { a: 'aGk=' } });
    assert.equal(secret('aG!k').error, 'illegal base64 data at input byte 2');
    assert.equal(secret('aGk').error, 'illegal base64 data at input byte 3');
  });

  it('keeps integers beyond the safe range', () => {
    const { value } = parseJson('{"spec":{"activeDeadlineSeconds":9007199254740993}}');
    assert.deepEqual(decode(value, 'Pod').object, {
      spec: { activeDeadlineSeconds: 9007199254740993n },
    });
    const huge = parseJson('{"spec":{"activeDeadlineSeconds":9223372036854775808}}');
    assert.match(decode(huge.value, 'Pod').error ?? '', /number 9223372036854775808/);
  });

  it('survives keys that objects have by nature', () => {
    const value: unknown = JSON.parse('{"metadata":{"labels":{"__proto__":"a"}},"__proto__":{}}');
    const { object, unknownFields } = decode(value, 'Pod');
    assert.deepEqual(JSON.stringify(object), '{"metadata":{"labels":{"__proto__":"a"}}}');
    assert.deepEqual(unknownFields, ['unknown field "__proto__"']);
  });

  it('bounds the depth of schemas that refer to themselves', () => {
    let schema: object = {};
    for (let depth = 0; depth < 2000; depth += 1) schema = { not: schema };
    assert.equal(decode(schema, 'JSONSchemaProps').error, 'exceeded max depth');
  });

  it('gives back what it gave, whatever it was given', () => {
    const names = fc.constantFrom(
      'Pod',
      'Deployment',
      'Service',
      'Lease',
      'HorizontalPodAutoscaler',
    );
    const shaped = names.chain((name) => fc.tuple(fc.constant(name), valueOf(name, 4)));
    fc.assert(
      fc.property(shaped, ([name, value]) => {
        const once = decode(value, name).object;
        const twice = decode(once, name);
        assert.deepEqual(twice, { object: once, unknownFields: [] });
      }),
    );
  });
});

/** Values that have a chance to fit: fields of the definition, with anything in them. */
function valueOf(name: string, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(definition(name)?.properties ?? {}).map(([field, schema]) => {
    const { ref, items } = schema;
    const inner = ref ?? items?.ref;
    if (depth === 0 || inner === undefined) return [field, fc.jsonValue({ maxDepth: 1 })] as const;
    const value = valueOf(inner, depth - 1);
    return [field, items ? fc.array(value, { maxLength: 2 }) : value] as const;
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}
