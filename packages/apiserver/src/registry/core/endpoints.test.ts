import assert from 'node:assert/strict';
import type { EndpointSlice, Endpoints, FieldError } from '@berth/api';
import { makeEndpointSlice, makeMetadata } from '@berth/api/testing';
import { endpointSlices } from '../discovery/endpoint-slices.ts';
import { endpoints } from './endpoints.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

describe('endpoints', () => {
  const endpointsOf = (subsets: NonNullable<Endpoints['subsets']>): Endpoints => {
    const object = { metadata: makeMetadata('a'), subsets };
    return endpoints.defaults?.(object) ?? object;
  };

  it('refuse addresses that mean something on one machine only', () => {
    const object = endpointsOf([
      { addresses: [{ ip: '169.254.1.1' }, { ip: 'fe80::1' }, { ip: '0.0.0.0' }] },
      { notReadyAddresses: [{ ip: '224.0.0.1' }, { ip: '::1' }, { ip: '10.0.0.1' }] },
      { ports: [{ port: 80 }, { port: 81 }] },
    ]);
    const linkLocal = 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
    assert.deepEqual(texts(endpoints.validate?.(object)), [
      `subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": ${linkLocal}`,
      `subsets[0].addresses[1].ip: Invalid value: "fe80::1": ${linkLocal}`,
      'subsets[0].addresses[2].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      'subsets[1].notReadyAddresses[0].ip: Invalid value: "224.0.0.1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      'subsets[1].notReadyAddresses[1].ip: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[2]: Required value: must specify `addresses` or `notReadyAddresses`',
      'subsets[2].ports[0].name: Required value',
      'subsets[2].ports[1].name: Required value',
    ]);
  });

  it('show three addresses and how many more there are', () => {
    const shown = (object: Endpoints) => endpoints.columns[1]?.cell(object, 0);
    assert.equal(shown(endpointsOf([])), '<none>');
    const addresses = ['10.0.0.1', '::2', '10.0.0.3', '10.0.0.4'].map((ip) => ({ ip }));
    assert.equal(
      shown(endpointsOf([{ addresses, ports: [{ port: 80 }] }])),
      '10.0.0.1:80,[::2]:80,10.0.0.3:80 + 1 more...',
    );
    assert.equal(shown(endpointsOf([{ addresses: [{ ip: '10.0.0.1' }] }])), '10.0.0.1');
  });
});

describe('endpoint slices', () => {
  const sliceOf = (rest: Partial<EndpointSlice>): EndpointSlice => {
    const slice = { ...makeEndpointSlice('a', []), ...rest };
    return endpointSlices.defaults?.(slice) ?? slice;
  };

  it('name and number their ports', () => {
    assert.deepEqual(sliceOf({ ports: [{ port: 80 }] }).ports, [
      { port: 80, name: '', protocol: 'TCP' },
    ]);
  });

  it('refuse what is no endpoint', () => {
    const slice = sliceOf({
      addressType: 'IPv4',
      endpoints: [
        { addresses: [] },
        { addresses: ['::2', '127.0.0.1'], hostname: 'A.' },
        {
          addresses: ['10.0.0.1'],
          hints: { forZones: [{ name: 'z' }, { name: 'z' }] },
        },
      ],
      ports: [{ port: 80 }, { port: 0 }],
    });
    assert.deepEqual(texts(endpointSlices.validate?.(slice)), [
      'endpoints[0].addresses: Required value: must contain at least 1 address',
      'endpoints[1].addresses[0]: Invalid value: "::2": must be a valid IPv4 address',
      'endpoints[1].addresses[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      `endpoints[1].hostname: Invalid value: "A.": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
      'endpoints[2].hints.forZones[1].name: Duplicate value: "z"',
      'ports[1].name: Duplicate value: ""',
      'ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ]);
  });

  it('keep their address type', () => {
    const [old, slice] = [sliceOf({ addressType: 'IPv4' }), sliceOf({ addressType: 'IPv6' })];
    assert.ok(
      texts(endpointSlices.validateUpdate?.(slice, old)).includes(
        'addressType: Invalid value: "IPv6": field is immutable',
      ),
    );
  });

  it('are shown as kubectl shows them', () => {
    const row = (slice: EndpointSlice) =>
      endpointSlices.columns.slice(1, 4).map(({ cell }) => cell(slice, 0));
    assert.deepEqual(row(sliceOf({ addressType: 'IPv4', ports: [], endpoints: [] })), [
      'IPv4',
      '<unset>',
      '<unset>',
    ]);
    const addresses = ['10.0.0.1', '10.0.0.2'];
    const slice = sliceOf({
      addressType: 'IPv4',
      ports: [{ port: 80 }, { name: 'web' }],
      endpoints: [{ addresses }, { addresses }],
    });
    assert.deepEqual(row(slice), ['IPv4', '80,web', '10.0.0.1,10.0.0.2,10.0.0.1 + 1 more...']);
  });
});
