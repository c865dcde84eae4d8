import assert from 'node:assert/strict';
import type { FieldError, Ingress, IngressClass, NetworkPolicy, ServiceCIDR } from '@berth/api';
import { makeMetadata } from '@berth/api/testing';
import { ipAddressName } from './canonical-ip.ts';
import { ingressClasses } from './ingress-classes.ts';
import { ingresses } from './ingresses.ts';
import { networkPolicies } from './network-policies.ts';
import { serviceCidrs } from './service-cidrs.ts';

const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const metadata = makeMetadata('a');

describe('ingresses', () => {
  const service = { name: 's', port: { number: 80 } };
  const ingressOf = (spec: Ingress['spec']): Ingress => ({ metadata, spec });

  it('refuse what cannot be served', () => {
    const paths = [
      { path: 'a', pathType: 'Exact', backend: { service } },
      { path: '/../', pathType: 'Prefix', backend: {} },
      { path: '/', pathType: 'Some', backend: { service: { name: 's' } } },
    ];
    const rules = [{ host: '10.0.0.1', http: { paths } }, { host: '*.*' }];
    assert.deepEqual(
      texts(ingresses.validate?.(ingressOf({ rules }))).map((text) => text.split(' (')[0]),
      [
        'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
        'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
        `spec.rules[0].http.paths[1].path: Invalid value: "/../": must not contain '/../'`,
        'spec.rules[0].http.paths[1].backend: Invalid value: "": resource or service backend is required',
        'spec.rules[0].http.paths[2].pathType: Unsupported value: "Some": supported values: "Exact", "ImplementationSpecific", "Prefix"',
        'spec.rules[0].http.paths[2].backend: Required value: port name or number is required',
        `spec.rules[1].host: Invalid value: "*.*": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character`,
      ],
    );
    assert.deepEqual(texts(ingresses.validate?.(ingressOf({}))), [
      'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
    ]);
  });

  it('are shown with their hosts', () => {
    const rules = ['a', 'b', 'c', 'd'].map((host) => ({ host }));
    assert.deepEqual(
      ingresses.columns.slice(1, 5).map(({ cell }) => cell(ingressOf({ rules, tls: [{}] }), 0)),
      ['<none>', 'a,b,c + 1 more...', '', '80, 443'],
    );
  });
});

describe('ingress classes', () => {
  const classOf = (spec: IngressClass['spec']): IngressClass =>
    ingressClasses.defaults?.({ metadata, spec }) ?? { metadata, spec };

  it('name a controller for good', () => {
    const wrong = classOf({
      controller: 'plain',
      parameters: { kind: 'K', name: 'n', namespace: 'x' },
    });
    assert.deepEqual(texts(ingressClasses.validate?.(wrong)), [
      'spec.controller: Invalid value: "plain": must be a domain-prefixed path (such as "acme.io/foo")',
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ]);
    const [one, other] = [classOf({ controller: 'a.b/c' }), classOf({ controller: 'a.b/d' })];
    assert.deepEqual(texts(ingressClasses.validateUpdate?.(other, one)), [
      'spec.controller: Invalid value: "a.b/d": field is immutable',
    ]);
  });
});

describe('network policies', () => {
  const policyOf = (spec: NetworkPolicy['spec']): NetworkPolicy =>
    networkPolicies.defaults?.({ metadata, spec }) ?? { metadata, spec };

  it('are for what comes in, and for what goes out where they say so', () => {
    const policy = policyOf({ podSelector: {}, egress: [{ ports: [{ port: 53 }] }] });
    assert.deepEqual(policy.spec, {
      podSelector: {},
      egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
      policyTypes: ['Ingress', 'Egress'],
    });
    assert.equal(networkPolicies.columns[1]?.cell(policy, 0), '<none>');
  });

  it('refuse peers that are two things at once', () => {
    const from = [
      {},
      { podSelector: {}, ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8', '11.0.0.0/9'] } },
      { ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] } },
    ];
    const ports = [{ port: 'web', endPort: 9 }, { endPort: 9 }, { port: 9, endPort: 8 }];
    const why = 'must be a strict subset of `cidr`';
    assert.deepEqual(
      texts(networkPolicies.validate?.(policyOf({ podSelector: {}, ingress: [{ from, ports }] }))),
      [
        'spec.ingress[0].ports[0].endPort: Invalid value: 9: may not be specified when `port` is non-numeric',
        'spec.ingress[0].ports[1].endPort: Invalid value: 9: may not be specified when `port` is not specified',
        'spec.ingress[0].ports[2].endPort: Invalid value: 8: must be greater than or equal to `port`',
        'spec.ingress[0].from[0]: Required value: must specify a peer',
        `spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "10.0.0.0/8": ${why}`,
        `spec.ingress[0].from[1].ipBlock.except[1]: Invalid value: "11.0.0.0/9": ${why}`,
        'spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer',
      ],
    );
  });
});

describe('addresses and networks of services', () => {
  it('are written in one way only', () => {
    assert.deepEqual(ipAddressName('2001:db8::1'), []);
    assert.deepEqual(ipAddressName('2001:DB8:0::1'), ['must be in canonical form ("2001:db8::1")']);
    assert.deepEqual(ipAddressName('::ffff:1.2.3.4'), ['must not be an IPv4-mapped IPv6 address']);
    assert.match(ipAddressName('name').join(), /^must be a valid IP address/);
  });

  it('may gain a second family, and nothing else', () => {
    const cidrOf = (...cidrs: readonly string[]): ServiceCIDR => ({ metadata, spec: { cidrs } });
    const one = cidrOf('10.0.0.0/24');
    assert.deepEqual(texts(serviceCidrs.validate?.(cidrOf('10.0.0.1/24', '2001:db8::1/64'))), [
      'spec.cidrs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length',
      'spec.cidrs[1]: Invalid value: "2001:db8::1/64": must not have bits set beyond the prefix length',
    ]);
    assert.deepEqual(texts(serviceCidrs.validateUpdate?.(cidrOf('10.1.0.0/24'), one)), [
      'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
    ]);
    assert.deepEqual(
      serviceCidrs.validateUpdate?.(cidrOf('10.0.0.0/24', '2001:db8::/64'), one),
      [],
    );
  });
});
