import assert from 'node:assert/strict';
import fc from 'fast-check';
import { resourceTypes, apiVersionOf } from '../scheme.ts';
import { definition, definitionNames, resolveSchema } from '../schema.ts';
import type { Schema } from '../schema.ts';
import { StatusError } from '../status.ts';
import { fieldNumbersOf } from './fields.ts';
import { decodeKubeProtobuf, encodeKubeProtobuf } from './kube-protobuf.ts';
import type { TypedObject } from './kube-protobuf.ts';

/** Non-zero values only: a zero that means "unset" is not on the other side. */
function valueOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { type, format, properties, items, additionalProperties, preserveUnknownFields } =
    resolveSchema(schema);
  const name = fc.string({ minLength: 1, maxLength: 5 });
  if (schema.objectRef !== undefined) return valueOf({ ref: schema.objectRef }, depth);
  if (items) return fc.array(valueOf(items, depth), { minLength: 1, maxLength: 2 });
  if (additionalProperties) {
    return fc.dictionary(name, valueOf(additionalProperties, depth), {
      minKeys: 1,
      maxKeys: 2,
      noNullPrototype: true,
    });
  }
  if (preserveUnknownFields) return fc.dictionary(name, fc.integer(), { noNullPrototype: true });
  if (properties) return fieldsOf(withoutType(properties), depth);
  switch (type) {
    case 'integer':
      return fc.oneof(
        fc.integer({ min: 1 }),
        fc.constantFrom(-1, -7, 2 ** 31, 2 ** 50, Number.MIN_SAFE_INTEGER, 2n ** 62n, -(2n ** 63n)),
      );
    case 'number':
      return fc.double({ min: 0.5, noNaN: true });
    case 'boolean':
      return fc.constant(true);
    case 'int-or-string':
      return fc.oneof(fc.integer(), fc.string());
    default:
      return stringOf(format);
  }
}

function stringOf(format: string | undefined): fc.Arbitrary<string> {
  const date = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
  switch (format) {
    case 'byte':
      return fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'date-time':
      return date.map((at) => at.toISOString().replace(/\.\d+/, ''));
    case 'micro-time':
      return date.map((at) => at.toISOString().replace('Z', '001Z'));
    case 'quantity':
      return fc.constantFrom('1', '100m', '128Mi', '1e3');
    default:
      return fc.string({ minLength: 1, unit: 'grapheme' });
  }
}

/** An object's own type is not among the fields of its message. */
function withoutType(properties: Readonly<Record<string, Schema>>) {
  if (!properties['metadata'] && !properties['gracePeriodSeconds']) return properties;
  const { apiVersion: _, kind: __, ...rest } = properties;
  return rest;
}

function fieldsOf(properties: Readonly<Record<string, Schema>>, depth: number) {
  const names = Object.keys(properties).filter((name) => depth > 0 || !isDeep(properties[name]!));
  const model = Object.fromEntries(
    names.map((name) => [name, valueOf(properties[name]!, depth - 1)]),
  );
  return fc.record(model, { requiredKeys: [], noNullPrototype: true });
}

const isDeep = ({ ref, objectRef, items, additionalProperties }: Schema): boolean =>
  ref !== undefined ||
  objectRef !== undefined ||
  [items, additionalProperties].some((inner) => inner && isDeep(inner));

const objectOf = (
  apiVersion: string,
  kind: string,
  typeName: string,
): fc.Arbitrary<TypedObject> => {
  const properties = withoutType(definition(typeName)?.properties ?? {});
  return fieldsOf(properties, 4).map((fields) => ({ ...fields, apiVersion, kind }));
};

const kinds: readonly (readonly [string, string, string])[] = [
  ...resourceTypes.map(
    (type) =>
      [
        apiVersionOf(type),
        type.kind,
        type.group === 'autoscaling' && type.version === 'v1'
          ? `V1${type.kind}`
          : type.group === 'events.k8s.io'
            ? 'EventsV1Event'
            : type.kind,
      ] as const,
  ),
  ['v1', 'DeleteOptions', 'DeleteOptions'],
  ['apps/v1', 'DeleteOptions', 'DeleteOptions'],
  ['v1', 'Status', 'Status'],
  ['v1', 'Binding', 'Binding'],
  ['v1', 'PodList', 'PodList'],
  ['v1', 'PodTemplate', 'PodTemplate'],
  ['autoscaling/v1', 'Scale', 'Scale'],
  ['policy/v1', 'Eviction', 'Eviction'],
  ['authentication.k8s.io/v1', 'TokenRequest', 'AuthenticationV1TokenRequest'],
  ['authentication.k8s.io/v1', 'TokenReview', 'TokenReview'],
  ['authentication.k8s.io/v1', 'SelfSubjectReview', 'SelfSubjectReview'],
  ['authorization.k8s.io/v1', 'SubjectAccessReview', 'SubjectAccessReview'],
  ['authorization.k8s.io/v1', 'LocalSubjectAccessReview', 'LocalSubjectAccessReview'],
  ['authorization.k8s.io/v1', 'SelfSubjectAccessReview', 'SelfSubjectAccessReview'],
  ['authorization.k8s.io/v1', 'SelfSubjectRulesReview', 'SelfSubjectRulesReview'],
];

const message = (body: Uint8Array) => {
  try {
    decodeKubeProtobuf(body);
  } catch (err) {
    assert.ok(err instanceof StatusError, String(err));
    assert.equal(err.status.code, 400);
    return err.message;
  }
  return undefined;
};

/** What kubectl 1.36 sends for `create deployment web --image=nginx --replicas=0 --port=80`. */
const fromKubectl =
  'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErgBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEoYBCAASDAoKCgNhcHAS' +
  'A3dlYhpsChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkwSLgoFbmdpbngSBW5naW54KgAyCgoAEAAYUCIAKgBCAGoAcgCAAQCI' +
  'AQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=';

describe('Kubernetes protobuf', () => {
  for (const [apiVersion, kind, typeName] of kinds) {
    it(`decodes what it encoded: ${apiVersion} ${kind}`, () => {
      fc.assert(
        fc.property(objectOf(apiVersion, kind, typeName), (object) => {
          assert.deepEqual(decodeKubeProtobuf(encodeKubeProtobuf(object)), object);
        }),
        { numRuns: 20 },
      );
    });
  }

  it('reads what kubectl sends', () => {
    assert.deepEqual(decodeKubeProtobuf(Buffer.from(fromKubectl, 'base64')), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }], resources: {} },
            ],
          },
        },
        strategy: {},
      },
      status: {},
    });
  });

  it('has a number for every field of every message', () => {
    const numbered = (typeName: string): readonly string[] =>
      (fieldNumbersOf(typeName) ?? []).flatMap(({ name, isInline }) =>
        isInline ? numbered(name) : [name],
      );
    for (const typeName of definitionNames()) {
      if (!fieldNumbersOf(typeName)) continue;
      const expected = withoutType(definition(typeName)?.properties ?? {});
      assert.deepEqual([...numbered(typeName)].sort(), Object.keys(expected).sort(), typeName);
    }
  });

  it('keeps the zeros that mean something and drops those that mean unset', () => {
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', generation: 0, namespace: '' },
      spec: {
        replicas: 0,
        paused: false,
        selector: {},
        template: { spec: { hostNetwork: false, automountServiceAccountToken: false } },
      },
    };
    assert.deepEqual(decodeKubeProtobuf(encodeKubeProtobuf(object)), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: {
        replicas: 0,
        selector: {},
        template: { spec: { automountServiceAccountToken: false } },
      },
    });
  });

  it('refuses what is not a message of a known kind', () => {
    assert.match(message(Buffer.from('{}')) ?? '', /expected prefix \[107 56 115 0\]/);
    assert.equal(
      message(Buffer.from('k8s\0\x0a\x0e\x0a\x07foo/v1x\x12\x03Bar', 'latin1')),
      'no kind "Bar" is registered for version "foo/v1x"',
    );
    const body = encodeKubeProtobuf({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { a: 'b' },
    });
    const start = body.indexOf(0x12, 20) + 1;
    for (let length = start; length < body.length - 4; length++) {
      assert.notEqual(message(body.subarray(0, length)), undefined, String(length));
    }
  });

  it('answers any bytes with an object or a BadRequest', () => {
    const body = encodeKubeProtobuf({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', labels: { a: 'b' }, creationTimestamp: '2024-01-01T00:00:00Z' },
      spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }], priority: 5 },
    });
    const change = fc.tuple(fc.nat(body.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
        const broken = Uint8Array.from(body);
        for (const [at, byte] of changes) broken[at] = byte;
        message(broken);
      }),
      { numRuns: 1000 },
    );
  });

  it('bounds nesting', () => {
    const managed = { fieldsV1: {} as unknown };
    for (let depth = 0; depth < 600; depth++) managed.fieldsV1 = { 'f:a': managed.fieldsV1 };
    assert.throws(
      () =>
        decodeKubeProtobuf(
          encodeKubeProtobuf({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { managedFields: [managed] },
          }),
        ),
      (err) => err instanceof StatusError,
    );
  });
});
