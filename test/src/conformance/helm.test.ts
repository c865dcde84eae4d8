import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../testing/cluster.ts';
import type { Kubectl } from '../testing/kubectl.ts';
import { newNamespace, simulatedCluster } from './clusters.ts';

const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 0.1.0\nappVersion: "1"\n',
  'values.yaml': 'replicas: 1\ngreeting: hello\n',
  'templates/deployment.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/managed-by: {{ .Release.Service }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
        - name: web
          image: berth.dev/sample:{{ .Chart.AppVersion }}
          envFrom: [{configMapRef: {name: {{ .Release.Name }}}}]
`,
  'templates/config-map.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {greeting: {{ .Values.greeting | quote }}}
`,
  'templates/service.yaml': `
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {app: {{ .Release.Name }}}
  ports: [{port: 80, targetPort: 8080}]
`,
  'templates/hooks.yaml': `
{{- range $hook := list "pre-install" "post-install" "pre-upgrade" "post-rollback" "pre-delete" }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $hook }}
  annotations:
    helm.sh/hook: {{ $hook }}
    helm.sh/hook-delete-policy: before-hook-creation
data: {revision: {{ $.Release.Revision | quote }}}
{{- end }}
`,
};

describe('helm', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let namespace: string;
  let chartDir: string;

  before(async function () {
    cluster = await simulatedCluster(this);
    ({ kubectl } = cluster);
    namespace = await newNamespace(cluster);
    chartDir = join(kubectl.home, 'tiny');
    await mkdir(join(chartDir, 'templates'), { recursive: true });
    for (const [file, text] of Object.entries(chart)) await writeFile(join(chartDir, file), text);
  });
  const helm = (...args: readonly string[]) => kubectl.helm('-n', namespace, ...args);
  const read = (what: string) => kubectl('-n', namespace, 'get', ...what.split(' '));

  it('installs, upgrades, rolls back, and uninstalls', async () => {
    const installed = await helm('install', 'tiny', chartDir, '--wait', '--timeout', '90s');
    assert.match(installed, /^STATUS: deployed$/m);
    assert.equal(await read('cm tiny -o jsonpath={.data.greeting}'), 'hello');
    assert.equal(await read('deploy tiny -o jsonpath={.status.readyReplicas}'), '1');

    const values = ['--set', 'replicas=2', '--set', 'greeting=goodbye'];
    const upgraded = await helm(
      'upgrade',
      'tiny',
      chartDir,
      ...values,
      '--wait',
      '--timeout',
      '90s',
    );
    assert.match(upgraded, /^REVISION: 2$/m);
    assert.equal(await read('cm tiny -o jsonpath={.data.greeting}'), 'goodbye');
    assert.equal(await read('deploy tiny -o jsonpath={.status.readyReplicas}'), '2');

    assert.match(await helm('list'), /^tiny\s+\S+\s+2\s+.*deployed\s+tiny-0\.1\.0\s+1/m);
    await helm('rollback', 'tiny', '1', '--wait', '--timeout', '90s');
    assert.equal(await read('cm tiny -o jsonpath={.data.greeting}'), 'hello');
    assert.equal(await read('deploy tiny -o jsonpath={.spec.replicas}'), '1');
    assert.match(await helm('history', 'tiny'), /^3\s+.*deployed.*Rollback to 1/m);

    await helm('uninstall', 'tiny', '--wait', '--timeout', '90s');
    assert.equal(await kubectl('-n', namespace, 'get', 'deploy,svc', '-o', 'name'), '');
    assert.equal(await kubectl('-n', namespace, 'get', 'secrets', '-o', 'name'), '');
  });

  it('runs hooks before and after', async () => {
    const wait = ['--wait', '--timeout', '90s'];
    await helm('install', 'hooked', chartDir, ...wait);
    const version = async (what: string) =>
      Number(await read(`${what} -o jsonpath={.metadata.resourceVersion}`));
    const revision = (hook: string) => read(`cm hooked-${hook} -o jsonpath={.data.revision}`);
    const made = await version('cm hooked');
    assert.ok((await version('cm hooked-pre-install')) < made);
    assert.ok((await version('cm hooked-post-install')) > made);
    await helm('upgrade', 'hooked', chartDir, '--set', 'greeting=goodbye', ...wait);
    assert.equal(await revision('pre-upgrade'), '2');
    await helm('upgrade', 'hooked', chartDir, '--set', 'greeting=again', ...wait);
    assert.equal(await revision('pre-upgrade'), '3');
    await helm('rollback', 'hooked', '1', ...wait);
    assert.equal(await revision('post-rollback'), '1');
    await helm('uninstall', 'hooked', ...wait);
    assert.equal(await revision('pre-delete'), '1');
    assert.equal(await kubectl('-n', namespace, 'get', 'deploy,svc', '-o', 'name'), '');
  });

  it('leaves nothing of an install that fails', async () => {
    const failing = helm('install', 'bad', chartDir, '--set', 'replicas=-1');
    await assert.rejects(failing, /spec\.replicas: Invalid value: -1/);
    assert.equal(await kubectl('-n', namespace, 'get', 'deploy', '-o', 'name'), '');
  });
});
