import assert from 'node:assert/strict';
import type { Container, FieldError, Pod, PodSpec, PodStatus } from '@berth/api';
import { makePod } from '@berth/api/testing';
import { pods } from './pods.ts';

const context = { now: 0, user: { name: 'a', groups: [] }, warn: () => {} };
const texts = (errors: readonly FieldError[] = []) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

const complete = (pod: Pod) => pods.defaults?.(pod) ?? pod;
const problems = (pod: Pod) => texts(pods.validate?.(complete(pod)));
const changeProblems = (pod: Pod, old: Pod) =>
  texts(pods.validateUpdate?.(complete(pod), complete(old)));

const main: Container = { name: 'main', image: 'example.com/app:1' };
const withContainer = (container: Partial<Container>, spec: Partial<PodSpec> = {}) =>
  makePod('a', { containers: [{ ...main, ...container }], ...spec });

describe('pods', () => {
  it('fills in what upstream fills in', () => {
    const pod = complete(
      makePod('a', {
        hostNetwork: true,
        serviceAccount: 'robot',
        containers: [
          {
            name: 'main',
            image: 'example.com/app',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1500u' } },
            livenessProbe: { httpGet: { port: 80 } },
            env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          },
        ],
        volumes: [
          { name: 'empty' },
          { name: 'map', configMap: { name: 'm' } },
          { name: 'host', hostPath: { path: '/x' } },
          { name: 'mixed', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
        ],
      }),
    );
    assert.deepEqual(pod.spec, {
      hostNetwork: true,
      serviceAccount: 'robot',
      serviceAccountName: 'robot',
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      containers: [
        {
          name: 'main',
          image: 'example.com/app',
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
          resources: {
            limits: { cpu: '1', memory: '1Gi' },
            requests: { cpu: '2m', memory: '1Gi' },
          },
          livenessProbe: {
            httpGet: { port: 80, path: '/', scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          env: [
            {
              name: 'IP',
              valueFrom: { fieldRef: { fieldPath: 'status.podIP', apiVersion: 'v1' } },
            },
          ],
        },
      ],
      volumes: [
        { name: 'empty', emptyDir: {} },
        { name: 'map', configMap: { name: 'm', defaultMode: 420 } },
        { name: 'host', hostPath: { path: '/x', type: '' } },
        {
          name: 'mixed',
          projected: {
            defaultMode: 420,
            sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }],
          },
        },
      ],
    });
  });

  const pullPolicies: readonly (readonly [image: string, policy: string])[] = [
    ['app', 'Always'],
    ['app:latest', 'Always'],
    ['app:1', 'IfNotPresent'],
    ['host:5000/app', 'Always'],
    ['host:5000/app:1', 'IfNotPresent'],
    ['app@sha256:00', 'IfNotPresent'],
    ['app:latest@sha256:00', 'Always'],
  ];
  for (const [image, policy] of pullPolicies) {
    it(`pulls ${image} ${policy}`, () => {
      assert.equal(complete(withContainer({ image })).spec.containers[0]?.imagePullPolicy, policy);
    });
  }

  it('starts pending, with the class that its resources give it', () => {
    const phaseOf = (pod: Pod) => pods.prepareForCreate?.(complete(pod), context).status;
    assert.deepEqual(phaseOf(makePod('a', {}, { status: { phase: 'Running' } })), {
      phase: 'Pending',
      qosClass: 'BestEffort',
    });
    const limits = { cpu: '1', memory: '1Gi' };
    assert.equal(phaseOf(withContainer({ resources: { limits } }))?.qosClass, 'Guaranteed');
    assert.equal(
      phaseOf(withContainer({ resources: { requests: { cpu: '1' } } }))?.qosClass,
      'Burstable',
    );
    assert.deepEqual(phaseOf(makePod('a', { schedulingGates: [{ name: 'x/wait' }] }))?.conditions, [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]);
  });

  it('asks for what its containers ask for together when it has limits of its own', () => {
    const asking = (cpu: string) => ({ resources: { requests: { cpu } } });
    const pod = complete(
      makePod('a', {
        resources: { limits: { cpu: '2', memory: '1Gi' } },
        containers: [
          { ...main, ...asking('100m') },
          { ...main, name: 'b', ...asking('200m') },
        ],
        initContainers: [
          { ...main, name: 's', restartPolicy: 'Always', ...asking('50m') },
          { ...main, name: 'i', ...asking('600m') },
        ],
      }),
    );
    assert.deepEqual(pod.spec.resources?.requests, { cpu: '650m', memory: '1Gi' });
    const small = { ...pod.spec, resources: { requests: { cpu: '1m' } } };
    assert.deepEqual(texts(pods.validate?.({ ...pod, spec: small })), [
      'spec.resources.requests[cpu]: Invalid value: "1m": must be greater than or equal to aggregate container requests of 650m',
    ]);
  });

  it('writes its own labels into the selectors that ask for them', () => {
    const term = { topologyKey: 'zone', labelSelector: {}, matchLabelKeys: ['app', 'none'] };
    const pod = makePod(
      'a',
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
      { metadata: { labels: { app: 'web' } } },
    );
    const merged = pods.prepareForCreate?.(complete(pod), context);
    assert.deepEqual(
      merged?.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]
        ?.labelSelector,
      { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
    );
    assert.deepEqual(texts(pods.validate?.(merged)), []);
  });

  it('finds nothing wrong with an ordinary pod', () => {
    assert.deepEqual(problems(makePod('a')), []);
  });

  const at = 'spec.containers[0]';
  const cases: readonly (readonly [name: string, pod: Pod, ...expected: readonly string[]])[] = [
    ['no containers', makePod('a', { containers: [] }), 'spec.containers: Required value'],
    [
      'a container without name and image',
      makePod('a', { containers: [{} as Container] }),
      `${at}.name: Required value`,
      `${at}.image: Required value`,
    ],
    [
      'a bad container name',
      withContainer({ name: 'A' }),
      `${at}.name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
    [
      'the same name twice',
      makePod('a', { containers: [main, main], initContainers: [main] }),
      'spec.containers[1].name: Duplicate value: "main"',
      'spec.initContainers[0].name: Duplicate value: "main"',
    ],
    [
      'spaces around an image',
      withContainer({ image: ' app' }),
      `${at}.image: Invalid value: " app": must not have leading or trailing whitespace`,
    ],
    [
      'ports',
      withContainer({
        ports: [
          { containerPort: 0 },
          { containerPort: 70000, protocol: 'ICMP' },
          { containerPort: 1, name: 'web', hostPort: 1 },
          { containerPort: 2, name: 'web', hostPort: 1 },
        ],
      }),
      `${at}.ports[0].containerPort: Required value`,
      `${at}.ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
      `${at}.ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"`,
      `${at}.ports[3].name: Duplicate value: "web"`,
      `${at}.ports[3].hostPort: Duplicate value: "TCP//1"`,
    ],
    [
      'environment',
      withContainer({
        env: [
          { name: '' },
          { name: 'a=b' },
          { name: 'F', value: 'x', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          { name: 'F', valueFrom: { fieldRef: { fieldPath: 'spec.os' } } },
          { name: 'F', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } },
          { name: 'F', valueFrom: {} },
          { name: 'F', valueFrom: { configMapKeyRef: { name: 'm', key: '' } } },
          { name: 'F', valueFrom: { resourceFieldRef: { resource: 'limits.gold' } } },
        ],
        envFrom: [{}, { configMapRef: { name: '' } }],
      }),
      `${at}.env[0].name: Required value`,
      `${at}.env[1].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      `${at}.env[2].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      `${at}.env[3].valueFrom.fieldRef.fieldPath: Invalid value: "spec.os": error converting fieldPath: field label not supported: spec.os`,
      `${at}.env[4].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      `${at}.env[5].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\` or \`secretKeyRef\``,
      `${at}.env[6].valueFrom.configMapKeyRef.key: Required value`,
      `${at}.env[7].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gold": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
      `${at}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
      `${at}.envFrom[1].configMapRef.name: Required value`,
    ],
    [
      'resources',
      withContainer({
        resources: {
          limits: { cpu: '1', memory: '-1', gold: '1', 'example.com/gpu': '500m' },
          requests: { cpu: '2', 'example.com/gpu': '1' },
        },
      }),
      `${at}.resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      `${at}.resources.limits[gold]: Invalid value: "gold": must be a standard resource type or fully qualified`,
      `${at}.resources.limits[gold]: Invalid value: "gold": must be a standard resource for containers`,
      `${at}.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
      `${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
      `${at}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      `${at}.resources.requests[gold]: Invalid value: "gold": must be a standard resource type or fully qualified`,
      `${at}.resources.requests[gold]: Invalid value: "gold": must be a standard resource for containers`,
      `${at}.resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 500m`,
    ],
    [
      'mounts',
      withContainer(
        {
          volumeMounts: [
            { name: 'data', mountPath: '/x' },
            { name: 'none', mountPath: '/x', subPath: '../y' },
            { name: 'data', mountPath: '', mountPropagation: 'Bidirectional' },
          ],
        },
        { volumes: [{ name: 'data' }] },
      ),
      `${at}.volumeMounts[1].name: Not found: "none"`,
      `${at}.volumeMounts[1].mountPath: Invalid value: "/x": must be unique`,
      `${at}.volumeMounts.subPath: Invalid value: "../y": must not contain '..'`,
      `${at}.volumeMounts[2].mountPath: Required value`,
      `${at}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    ],
    [
      'volumes',
      makePod('a', {
        volumes: [
          { name: 'a' },
          { name: 'a', emptyDir: {}, hostPath: { path: '/x' } },
          { name: '', hostPath: { path: '' } },
          { name: 'c', configMap: { items: [{ key: '', path: '/x', mode: 512 }] } },
          { name: 'p', persistentVolumeClaim: { claimName: '' } },
          { name: 's', secret: { defaultMode: 1000 } },
        ],
      }),
      'spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].name: Duplicate value: "a"',
      'spec.volumes[2].hostPath.path: Required value',
      'spec.volumes[2].name: Required value',
      'spec.volumes[3].configMap.name: Required value',
      'spec.volumes[3].configMap.items[0].key: Required value',
      'spec.volumes[3].configMap.items[0].path: Invalid value: "/x": must be a relative path',
      'spec.volumes[3].configMap.items[0].mode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[4].persistentVolumeClaim.claimName: Required value',
      'spec.volumes[5].secret.secretName: Required value',
      'spec.volumes[5].secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive',
    ],
    [
      'a projected volume',
      makePod('a', {
        volumes: [
          {
            name: 'p',
            projected: {
              sources: [
                { secret: { items: [{ key: 'k', path: 'x' }] } },
                { configMap: { name: 'm', items: [{ key: 'k', path: 'x' }] } },
                { serviceAccountToken: { path: 't', expirationSeconds: 60 } },
              ],
            },
          },
        ],
      }),
      'spec.volumes[0].projected.sources[0].secret.name: Required value',
      'spec.volumes[0].projected: Invalid value: "m": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      'spec.volumes[0].projected.sources[2].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
    [
      'probes and hooks',
      withContainer({
        livenessProbe: { successThreshold: 2, exec: { command: [] } },
        readinessProbe: { terminationGracePeriodSeconds: 1, tcpSocket: { port: 'Web' } },
        startupProbe: { httpGet: { port: 0, scheme: 'FTP' }, exec: { command: ['x'] } },
        lifecycle: { preStop: { sleep: { seconds: 31 } }, postStart: {} },
      }),
      `${at}.lifecycle.postStart: Required value: must specify a handler type`,
      `${at}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      `${at}.livenessProbe.exec.command: Required value`,
      `${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
      `${at}.readinessProbe.tcpSocket.port: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${at}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes`,
      `${at}.startupProbe.httpGet: Forbidden: may not specify more than 1 handler type`,
    ],
    [
      'init containers: only sidecars are probed',
      makePod('a', {
        initContainers: [
          { ...main, name: 'i', readinessProbe: { exec: { command: ['x'] } } },
          {
            ...main,
            name: 's',
            restartPolicy: 'Always',
            readinessProbe: { exec: { command: ['x'] } },
          },
          { ...main, name: 'w', restartPolicy: 'Sometimes' },
        ],
      }),
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      'spec.initContainers[2].restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
    ],
    [
      'policies',
      makePod('a', { restartPolicy: 'Maybe', dnsPolicy: 'None', preemptionPolicy: 'x' }),
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
      'spec.preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"',
    ],
    ['a group that may come later', makePod('a', { schedulingGroup: { podGroupName: 'b.c' } })],
    [
      'a group without a name',
      makePod('a', { schedulingGroup: {} }),
      'spec.schedulingGroup: Invalid value: "": must specify one of: `podGroupName`',
    ],
    [
      'a group with a name that cannot be',
      makePod('a', { schedulingGroup: { podGroupName: 'B' } }),
      `spec.schedulingGroup.podGroupName: Invalid value: "B": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      'numbers and names',
      makePod('a', {
        activeDeadlineSeconds: 0,
        hostname: 'a.b',
        nodeName: 'N',
        os: { name: 'beos' },
      }),
      `spec.nodeName: Invalid value: "N": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
      'spec.hostname: Invalid value: "a.b": must not contain dots',
      'spec.os: Unsupported value: "beos": supported values: "linux", "windows"',
    ],
    [
      'tolerations',
      makePod('a', {
        tolerations: [
          { operator: 'Equal' },
          { key: 'k', operator: 'Exists', value: 'v' },
          { key: 'k', effect: 'NoSchedule', tolerationSeconds: 1 },
          { key: 'k', operator: 'Like', effect: 'Never' },
        ],
      }),
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'spec.tolerations[1].operator: Invalid value: "v": value must be empty when `operator` is \'Exists\'',
      'spec.tolerations[2].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'spec.tolerations[3].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
      'spec.tolerations[3].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    [
      'affinity',
      makePod('a', {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 0, preference: { matchExpressions: [{ key: 'k', operator: 'Gt' }] } },
            ],
          },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone/x/y' }],
          },
        },
      }),
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
      `spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "zone/x/y": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
    [
      'topology spread',
      makePod('a', {
        topologySpreadConstraints: [
          { maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 },
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' },
        ],
      }),
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, ScheduleAnyway}"',
    ],
    [
      'security context',
      withContainer(
        {
          securityContext: {
            runAsUser: -1,
            allowPrivilegeEscalation: false,
            privileged: true,
            seccompProfile: { type: 'Localhost' },
          },
        },
        { securityContext: { fsGroupChangePolicy: 'Never', sysctls: [{ name: '', value: '' }] } },
      ),
      `${at}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
      `${at}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
      `${at}.securityContext: Invalid value: {"runAsUser":-1,"allowPrivilegeEscalation":false,"privileged":true,"seccompProfile":{"type":"Localhost"}}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      'spec.securityContext.sysctls[0].name: Required value',
      'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
    ],
    [
      'what only the server or a subresource sets',
      makePod('a', {
        ephemeralContainers: [{ ...main, name: 'debug' }],
        nodeName: 'n',
        schedulingGates: [{ name: 'x/wait' }],
      }),
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
  ];
  for (const [name, pod, ...expected] of cases) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(problems(pod), expected);
    });
  }

  const fixed =
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';
  const changes: readonly (readonly [
    name: string,
    old: Partial<PodSpec>,
    spec: Partial<PodSpec>,
    ...expected: readonly string[],
  ])[] = [
    ['an image with its pull policy', {}, { containers: [{ ...main, image: 'b' }] }, fixed],
    ['an image alone', {}, { containers: [{ ...main, image: 'example.com/app:2' }] }],
    ['a command', {}, { containers: [{ ...main, command: ['x'] }] }, fixed],
    [
      'another container',
      {},
      { containers: [main, { ...main, name: 'b' }] },
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    ['a shorter deadline', { activeDeadlineSeconds: 9 }, { activeDeadlineSeconds: 8 }],
    [
      'a longer deadline',
      { activeDeadlineSeconds: 9 },
      { activeDeadlineSeconds: 10 },
      'spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value',
    ],
    [
      'no deadline',
      { activeDeadlineSeconds: 9 },
      {},
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ],
    ['one more toleration', {}, { tolerations: [{ operator: 'Exists' }] }],
    [
      'one toleration less',
      { tolerations: [{ operator: 'Exists' }] },
      {},
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    [
      'one gate less',
      { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
      { schedulingGates: [{ name: 'b' }] },
    ],
    [
      'one more gate',
      { schedulingGates: [{ name: 'a' }] },
      { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
      "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    ],
    [
      'a node selector of a held pod',
      { schedulingGates: [{ name: 'a' }] },
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } },
    ],
    ['a node selector', {}, { nodeSelector: { a: 'b' } }, fixed],
    ['a service account', {}, { serviceAccountName: 'b' }, fixed],
    [
      'the group of a held pod',
      { schedulingGates: [{ name: 'a' }], schedulingGroup: { podGroupName: 'a' } },
      { schedulingGates: [{ name: 'a' }], schedulingGroup: { podGroupName: 'b' } },
      fixed,
    ],
  ];
  for (const [name, old, spec, ...expected] of changes) {
    it(`${expected.length ? 'refuses to change' : 'lets change'} ${name}`, () => {
      assert.deepEqual(changeProblems(makePod('a', spec), makePod('a', old)), expected);
    });
  }

  it('refuses a status that starts an ended container again', () => {
    const ended: PodStatus = {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'main',
          image: '',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 0 } },
        },
      ],
    };
    const again: PodStatus = {
      ...ended,
      qosClass: 'Burstable',
      podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
      containerStatuses:
        ended.containerStatuses?.map((status) => ({
          ...status,
          state: { running: {} },
        })) ?? [],
    };
    const spec = { restartPolicy: 'Never' };
    const old = complete(makePod('a', spec, { status: ended }));
    const pod = complete(makePod('a', spec, { status: again }));
    assert.deepEqual(texts(pods.status?.validateUpdate?.(pod, old)), [
      'status.qosClass: Invalid value: "Burstable": field is immutable',
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ]);
  });

  it('gives the node time to stop a pod, and no time when there is no node', () => {
    const scheduled = complete(makePod('a', { nodeName: 'n' }));
    assert.equal(pods.deletionGrace?.(scheduled, undefined), 30);
    assert.equal(pods.deletionGrace(scheduled, 5), 5);
    assert.equal(pods.deletionGrace(scheduled, -1), 1);
    assert.equal(pods.deletionGrace(complete(makePod('a')), 5), 0);
    const ended = { ...scheduled, status: { phase: 'Failed' } };
    assert.equal(pods.deletionGrace(ended, undefined), 0);
  });

  it('warns of what is most likely a mistake', () => {
    const pod = complete(
      makePod(
        'a.b',
        {
          nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
          containers: [
            {
              ...main,
              env: [{ name: 'A' }, { name: 'A' }],
              resources: { requests: { memory: '100m' } },
              ports: [{ containerPort: 1 }, { containerPort: 1 }],
            },
          ],
        },
        { metadata: { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } } },
      ),
    );
    assert.deepEqual(pods.warnings?.(pod, undefined), [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
    assert.deepEqual(pods.warnings(pod, pod), []);
  });
});
