import assert from 'node:assert/strict';
import type {
  DeviceClaim,
  FieldError,
  ResourceSlice,
  ResourceSliceSpec,
  ResourceV1ResourceClaim,
} from '@berth/api';
import { createdAt, makeMetadata } from '@berth/api/testing';
import { deviceClasses } from './device-classes.ts';
import { resourceClaimTemplates } from './resource-claim-templates.ts';
import { resourceClaims } from './resource-claims.ts';
import { resourceSlices } from './resource-slices.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const metadata = makeMetadata('a');
const context = { now: Date.parse(createdAt), user: { name: 'a', groups: [] }, warn: () => {} };

const claimOf = (devices: DeviceClaim): ResourceV1ResourceClaim => {
  const claim = { metadata, spec: { devices } };
  return resourceClaims.defaults?.(claim) ?? claim;
};
const exactly = { deviceClassName: 'gpu' };

describe('resource claims', () => {
  it('ask for one device', () => {
    const one = { ...exactly, allocationMode: 'ExactCount', count: 1 };
    const firstAvailable = [{ name: 'x', deviceClassName: 'gpu', allocationMode: 'All' }];
    const requests = [
      { name: 'r', exactly },
      { name: 's', firstAvailable },
    ];
    assert.deepEqual(claimOf({ requests }).spec.devices?.requests, [
      { name: 'r', exactly: one },
      { name: 's', firstAvailable },
    ]);
    assert.deepEqual(resourceClaims.validate?.(claimOf({ requests })), []);
    const template = { metadata, spec: { spec: { devices: { requests } } } };
    assert.deepEqual(resourceClaimTemplates.defaults?.(template).spec.spec.devices?.requests?.[0], {
      name: 'r',
      exactly: one,
    });
  });

  it('refuse what cannot be asked for', () => {
    const claim = claimOf({
      requests: [
        { name: 'r' },
        { name: 'r', exactly: { ...exactly, allocationMode: 'All', count: 2 } },
        { name: 's', exactly: { deviceClassName: '', allocationMode: 'Some', selectors: [{}] } },
        { name: 't', exactly: { ...exactly, tolerations: [{ operator: 'Exists', value: 'v' }] } },
      ],
      constraints: [{ requests: ['nobody'], matchAttribute: 'model' }, {}],
      config: [{}, { opaque: { driver: 'd', parameters: [] } }],
    });
    const oneKind = 'exactly one of `exactly` or `firstAvailable` is required';
    assert.deepEqual(texts(resourceClaims.validate?.(claim)), [
      `spec.devices.requests[0]: Required value: ${oneKind}`,
      "spec.devices.requests[1].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
      'spec.devices.requests[2].exactly.deviceClassName: Required value',
      'spec.devices.requests[2].exactly.selectors[0].cel: Required value',
      'spec.devices.requests[2].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
      'spec.devices.requests[3].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`',
      'spec.devices.requests[1]: Duplicate value: "r"',
      `spec.devices.constraints[0].requests[0]: Invalid value: "nobody": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      'spec.devices.constraints[0].matchAttribute: Invalid value: "model": a fully qualified name must be a domain and a name separated by a slash',
      'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      'spec.devices.config[0].opaque: Required value',
      'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ]);
  });

  it('keep what they ask for', () => {
    const old = claimOf({ requests: [{ name: 'r', exactly }] });
    assert.match(
      texts(resourceClaims.validateUpdate?.(claimOf({}), old)).join(),
      /^spec: Invalid value: .*: field is immutable$/,
    );
    assert.deepEqual(resourceClaims.validateUpdate?.(old, old), []);
  });

  const device = { driver: 'd.example.com', pool: 'p', device: 'x' };
  const results = [{ request: 'r', ...device }];
  const pending = claimOf({ requests: [{ name: 'r', exactly }] });
  const allocated = { ...pending, status: { allocation: { devices: { results } } } };

  it('tell what was given to whom', () => {
    const check = (claim: ResourceV1ResourceClaim, old = pending) =>
      texts(resourceClaims.status?.validateUpdate?.(claim, old));
    const reservedFor = [{ resource: 'pods', name: 'a', uid: 'u' }];
    assert.deepEqual(check(allocated), []);
    assert.deepEqual(check({ ...pending, status: { reservedFor } }), [
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ]);
    assert.deepEqual(
      check({ ...allocated, status: { ...allocated.status, devices: [{ ...device, pool: 'q' }] } }),
      [
        'status.devices[0]: Invalid value: "d.example.com/q/x": must be an allocated device in the claim',
      ],
    );
    const other = { ...pending, status: { allocation: {} } };
    assert.match(check(other, allocated).join(), /^status.allocation: .* field is immutable$/);
  });

  it('forget the status of a device that is given back', () => {
    const old = { ...allocated, status: { ...allocated.status, devices: [device] } };
    const now = { ...old, status: { devices: [device] } };
    assert.deepEqual(resourceClaims.status?.prepareForUpdate?.(now, old, context).status, {});
  });

  it('show their state', () => {
    const state = (claim: ResourceV1ResourceClaim) => resourceClaims.columns[1]?.cell(claim, 0);
    assert.equal(state(pending), 'pending');
    const reservedFor = [{ resource: 'pods', name: 'a', uid: 'u' }];
    const reserved = { ...allocated, status: { ...allocated.status, reservedFor } };
    assert.equal(state(reserved), 'allocated,reserved');
  });
});

describe('device classes', () => {
  it('refuse names of resources that are not their own', () => {
    const spec = { extendedResourceName: 'cpu', selectors: [{ cel: { expression: '' } }] };
    assert.deepEqual(texts(deviceClasses.validate?.({ metadata, spec })), [
      'spec.selectors[0].cel.expression: Required value',
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ]);
  });
});

describe('resource slices', () => {
  const sliceOf = (spec: Partial<ResourceSliceSpec>): ResourceSlice => ({
    metadata,
    spec: {
      driver: 'd.example.com',
      pool: { name: 'p', generation: 0, resourceSliceCount: 1 },
      nodeName: 'n',
      ...spec,
    },
  });
  const check = (spec: Partial<ResourceSliceSpec>) =>
    texts(resourceSlices.validate?.(sliceOf(spec)));

  it('say where their devices are, once', () => {
    const places =
      'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
    assert.deepEqual(check({}), []);
    assert.deepEqual(check({ allNodes: true }), [
      `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${places}, but multiple fields are set`,
    ]);
    assert.deepEqual(check({ nodeName: '', allNodes: false }), [
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      'spec.allNodes: Invalid value: false: must be either unset or set to true',
      `spec: Required value: ${places}`,
    ]);
  });

  it('refuse devices that contradict themselves', () => {
    const requestPolicy = { default: '3', validRange: { min: '1', step: '4' } };
    assert.deepEqual(
      check({
        devices: [
          {
            name: 'x',
            attributes: { a: {}, 'b/c/d': { version: '1' } },
            capacity: { memory: { value: '4', requestPolicy } },
            allowMultipleAllocations: true,
            taints: [{ key: 'k', effect: 'Some' }],
            nodeName: 'n',
            bindingConditions: ['Ready'],
          },
          { name: 'x', capacity: { memory: { value: '4', requestPolicy } } },
        ],
      }),
      [
        'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
        'spec.devices[0].attributes: Invalid value: "b/c/d": must not contain more than one slash',
        'spec.devices[0].attributes[b/c/d].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "4": one step 5 is larger than capacity value: 4',
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (4) from (1)',
        'spec.devices[0].taints[0].effect: Unsupported value: "Some": supported values: "NoExecute", "NoSchedule", "None"',
        'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
        'spec.devices[0].bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions',
        'spec.devices[1].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true',
        'spec.devices[1]: Duplicate value: "x"',
      ],
    );
  });

  it('tell since when a device is tainted', () => {
    const slice = sliceOf({ devices: [{ name: 'x', taints: [{ key: 'k', effect: 'None' }] }] });
    assert.deepEqual(resourceSlices.prepareForCreate?.(slice, context).spec.devices?.[0]?.taints, [
      { key: 'k', effect: 'None', timeAdded: createdAt },
    ]);
  });

  it('are found by node and driver', () => {
    assert.deepEqual(resourceSlices.selectableFields?.(sliceOf({})), {
      'spec.nodeName': 'n',
      'spec.driver': 'd.example.com',
    });
  });
});
