import assert from 'node:assert/strict';
import { resourceTypes } from './scheme.ts';
import { definition, definitionNames, resolveSchema, schemaOf } from './schema.ts';
import type { Schema } from './schema.ts';

function* walk(path: string, schema: Schema): Generator<readonly [string, Schema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* walk(`${path}.${name}`, field);
  }
  if (schema.items) yield* walk(`${path}[]`, schema.items);
  if (schema.additionalProperties) yield* walk(`${path}{}`, schema.additionalProperties);
}
const everything = () =>
  definitionNames().flatMap((name) => [...walk(name, definition(name) ?? {})]);

describe('schema', () => {
  it('knows every served kind and its list', () => {
    for (const type of resourceTypes) {
      assert.ok(schemaOf(type)?.properties?.['metadata'], type.kind);
      assert.ok(schemaOf({ ...type, kind: `${type.kind}List` })?.properties?.['items'], type.kind);
    }
  });

  it('tells kinds of the same name apart by group and version', () => {
    const hpa = { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' };
    assert.equal(
      schemaOf({ ...hpa, version: 'v1' })?.properties?.['spec']?.ref,
      'V1HorizontalPodAutoscalerSpec',
    );
    assert.equal(
      schemaOf({ ...hpa, version: 'v2' })?.properties?.['spec']?.ref,
      'HorizontalPodAutoscalerSpec',
    );
    assert.ok(
      schemaOf({ group: 'events.k8s.io', version: 'v1', kind: 'Event' })?.properties?.['note'],
    );
    assert.equal(schemaOf({ group: 'example.com', version: 'v1', kind: 'Pod' }), undefined);
  });

  it('has a definition for every reference', () => {
    const dangling = everything().filter(([, { ref }]) => ref !== undefined && !definition(ref));
    assert.deepEqual(dangling, []);
  });

  it('has every list map key as a property of the element', () => {
    for (const [path, { listMapKeys = [], items }] of everything()) {
      const { properties = {} } = items ? resolveSchema(items) : {};
      for (const key of listMapKeys) assert.ok(properties[key], `${path} ${key}`);
    }
  });

  it('says how lists and maps merge', () => {
    const ports = definition('Container')?.properties?.['ports'];
    assert.deepEqual(ports?.listMapKeys, ['containerPort', 'protocol']);
    assert.equal(ports.patchMergeKey, 'containerPort');
    assert.equal(definition('PodSpec')?.properties?.['tolerations']?.listType, 'atomic');
    assert.equal(definition('ObjectMeta')?.properties?.['finalizers']?.listType, 'set');
    assert.equal(definition('LabelSelector')?.mapType, 'atomic');
    const claimRef = definition('PersistentVolumeSpec')?.properties?.['claimRef'] ?? {};
    assert.equal(resolveSchema(claimRef).mapType, 'granular');
  });

  it('marks quantities, timestamps and free JSON', () => {
    const limits = definition('ResourceRequirements')?.properties?.['limits'];
    assert.equal(limits?.additionalProperties?.format, 'quantity');
    assert.equal(limits.format, undefined);
    assert.equal(definition('LeaseSpec')?.properties?.['renewTime']?.format, 'micro-time');
    const fieldsV1 = definition('ManagedFieldsEntry')?.properties?.['fieldsV1'];
    assert.equal(fieldsV1?.preserveUnknownFields, true);
  });
});
