import assert from 'node:assert/strict';
import type { CSINode, FieldError } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { csiDrivers } from './csi-drivers.ts';
import { csiNodes } from './csi-nodes.ts';
import { storageClasses } from './storage-classes.ts';
import { volumeAttachments } from './volume-attachments.ts';
import { volumeAttributesClasses } from './volume-attributes-classes.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const metadata = makeMetadata('a');

describe('storage', () => {
  it('classes keep what volumes were made with', () => {
    const given = { metadata, provisioner: 'x.y/z' };
    const old = storageClasses.defaults?.(given) ?? given;
    const next = { ...old, parameters: { '': 'v' }, volumeBindingMode: 'WaitForFirstConsumer' };
    assert.deepEqual(texts(storageClasses.validateUpdate?.(next, old)), [
      'parameters: Invalid value: "": field can not be empty.',
      'parameters: Forbidden: updates to parameters are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]);
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const shown = { ...old, metadata: { ...metadata, annotations } };
    assert.deepEqual(
      storageClasses.columns.slice(0, 5).map(({ cell }) => cell(shown, 0)),
      ['a (default)', 'x.y/z', 'Delete', 'Immediate', false],
    );
  });

  it('attribute classes have attributes', () => {
    const object = { metadata, driverName: 'd' };
    assert.deepEqual(texts(volumeAttributesClasses.validate?.(object)), [
      'parameters: Required value: must contain at least one key/value pair',
    ]);
  });

  it('drivers are completed', () => {
    const tokenRequests = [{ audience: 'a', expirationSeconds: 9 }, { audience: 'a' }];
    const given = { metadata, spec: { tokenRequests } };
    const driver = csiDrivers.defaults?.(given) ?? given;
    assert.deepEqual(texts(csiDrivers.validate?.(driver)), [
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 9: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
    ]);
    assert.deepEqual(
      csiDrivers.columns.slice(1, 7).map(({ cell }) => cell(driver, 0)),
      [true, false, false, 'a,a', false, 'Persistent'],
    );
  });

  it('drivers of a node come and go as a whole', () => {
    const nodeOf = (nodeID: string): CSINode => ({
      metadata,
      spec: { drivers: [{ name: 'd', nodeID }] },
    });
    assert.deepEqual(texts(csiNodes.validateUpdate?.(nodeOf('x'), nodeOf('y'))), [
      'CSINodeDriver: Invalid value: {"name":"d","nodeID":"x"}: field is immutable',
    ]);
  });

  it('attachments are of one volume', () => {
    const spec = { attacher: 'd', nodeName: 'n', source: {} };
    assert.deepEqual(texts(volumeAttachments.validate?.({ metadata, spec })), [
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ]);
  });
});
