import assert from 'node:assert/strict';
import type { PodSpec } from '@berth/api';
import { podWarnings } from './pod-spec-warnings.ts';

const container = (more: object = {}) => ({ name: 'c', image: 'i', ...more });
const specOf = (more: object) => ({ containers: [container()], ...more }) as PodSpec;
const selector = { matchLabels: { a: 'b' } };
const term = { topologyKey: 'zone' };

describe('warnings about pod specs', () => {
  const cases: readonly (readonly [
    string,
    object,
    readonly string[],
    Readonly<Record<string, string>>?,
  ])[] = [
    ['nothing', {}, []],
    [
      'old labels in node affinity and spreading',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }] },
              ],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                preference: {
                  matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'Exists' }],
                },
              },
            ],
          },
        },
        topologySpreadConstraints: [
          { topologyKey: 'failure-domain.beta.kubernetes.io/zone', labelSelector: selector },
        ],
      },
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
        'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
        'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      ],
    ],
    [
      'selectors that match nothing',
      {
        topologySpreadConstraints: [{ topologyKey: 'zone' }],
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { ...term, labelSelector: selector },
              term,
            ],
          },
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
          },
        },
      },
      [
        'spec.topologySpreadConstraints[0].labelSelector',
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[1].labelSelector',
        'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector',
      ].map((path) => `${path}: a null labelSelector results in matching no pod`),
    ],
    [
      'what is there twice',
      {
        hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }],
        imagePullSecrets: [{ name: 's' }, { name: 's' }, {}],
      },
      [
        'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
        'spec.imagePullSecrets[1].name: duplicate name "s"',
        'spec.imagePullSecrets[2].name: invalid empty name ""',
      ],
    ],
    [
      'environment that builds on itself is none',
      {
        containers: [
          container({
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '$(A)2' },
              { name: 'A', value: '$(A)' },
            ],
          }),
        ],
      },
      [
        'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
      ],
    ],
    [
      'ports of all containers',
      {
        initContainers: [container({ ports: [{ containerPort: 80, protocol: 'TCP' }] })],
        containers: [
          container({
            ports: [
              { containerPort: 80, protocol: 'TCP' },
              { containerPort: 80, protocol: 'TCP', hostPort: 80 },
              { containerPort: 81, protocol: 'UDP', hostPort: 81 },
              { containerPort: 81, protocol: 'UDP', hostPort: 81, hostIP: '1.1.1.1' },
              { containerPort: 82, protocol: 'TCP', hostIP: '1.1.1.1' },
            ],
          }),
        ],
      },
      [
        'spec.containers[0].ports[0]: duplicate port definition with spec.initContainers[0].ports[0]',
        'spec.containers[0].ports[1]: overlapping port definition with spec.initContainers[0].ports[0]',
        'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[3]: dangerously ambiguous port definition with spec.containers[0].ports[2]',
        'spec.containers[0].ports[4]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:82 Protocol:TCP HostIP:1.1.1.1}',
      ],
    ],
    [
      'files that hide each other',
      {
        volumes: [
          {
            name: 'm',
            configMap: {
              name: 'foo',
              items: [
                { key: 'a', path: 'x' },
                { key: 'b', path: 'x/y' },
              ],
            },
          },
          {
            name: 'p',
            projected: {
              sources: [
                { secret: { name: 's', items: [{ key: 'a', path: 'z/' }] } },
                { serviceAccountToken: { path: 'z' } },
                {},
              ],
            },
          },
        ],
      },
      [
        'volume "m" (ConfigMap "foo"): overlapping paths: "x/y" with "x"',
        'volume "p" (Projected ServiceAccountToken): overlapping paths: "z" with "z"',
        'volume "p" (Projected) has no sources provided',
      ],
    ],
    [
      'parts of bytes',
      { overhead: { memory: '100m' }, terminationGracePeriodSeconds: -1 },
      [
        'spec.overhead[memory]: fractional byte value "100m" is invalid, must be an integer',
        'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
      ],
    ],
    [
      'annotations that have become fields',
      {},
      [
        'metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the "sysctls" field instead',
        'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
        'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: non-functional in v1.27+; use the "seccompProfile" field instead',
      ],
      {
        'security.alpha.kubernetes.io/sysctls': '',
        'seccomp.security.alpha.kubernetes.io/pod': '',
        'container.seccomp.security.alpha.kubernetes.io/c': '',
        'container.seccomp.security.alpha.kubernetes.io/other': '',
        'container.apparmor.security.beta.kubernetes.io/c': '',
      },
    ],
  ];
  for (const [what, spec, expected, annotations = {}] of cases)
    it(`are about ${what}`, () => {
      assert.deepEqual(podWarnings('', { annotations }, specOf(spec)), expected);
    });

  it('name AppArmor annotations in templates only, unless the field is there', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'x' };
    assert.deepEqual(podWarnings('spec.template', { annotations }, specOf({})), [
      'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ]);
    const securityContext = { appArmorProfile: { type: 'RuntimeDefault' } };
    assert.deepEqual(podWarnings('t', { annotations }, specOf({ securityContext })), []);
  });
});
