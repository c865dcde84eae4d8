import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { silentLogger } from '@berth/component-base';
import { createFakeClock } from '@berth/component-base/testing';
import fc from 'fast-check';
import { makeContext } from '../testing/context.ts';
import { attributesOf } from '../authorization/attributes.ts';
import { openAuditLog } from './audit-log.ts';
import type { AuditLogOptions } from './audit-log.ts';
import { planBackups } from './plan-backups.ts';
import { levels, parseAuditPolicy, stages } from './policy.ts';
import { recordingOf } from './recording.ts';

const policyOf = (rules: string) =>
  parseAuditPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${rules}`);

describe('audit policy', () => {
  it('is taken as upstream documents it', () => {
    const policy = parseAuditPolicy(`
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    users: ["system:kube-proxy"]
    verbs: ["watch"]
    resources:
      - group: ""
        resources: ["endpoints", "services"]
  - level: Request
    resources:
      - group: ""
        resources: ["configmaps"]
    namespaces: ["kube-system"]
  - level: RequestResponse
    omitStages: [ResponseStarted]
    omitManagedFields: true
    resources:
      - group: apps
  - level: None
    userGroups: ["system:authenticated"]
    nonResourceURLs: ["/api*", "/version"]
  - level: Metadata
`);
    const user = { name: 'jane', groups: ['system:authenticated'] };
    const recorded = (method: string, path: string, name = user.name) =>
      recordingOf(policy, attributesOf(makeContext(method, path, { user: { ...user, name } })));
    const level = (...request: Parameters<typeof recorded>) => recorded(...request).level;
    assert.equal(level('GET', '/api/v1/services?watch=1', 'system:kube-proxy'), 'None');
    assert.equal(level('GET', '/api/v1/services', 'system:kube-proxy'), 'Metadata');
    assert.equal(level('GET', '/api/v1/namespaces/kube-system/configmaps/a'), 'Request');
    assert.equal(level('GET', '/api/v1/namespaces/default/configmaps/a'), 'Metadata');
    assert.equal(level('GET', '/apis/apps/v1/deployments'), 'RequestResponse');
    assert.equal(level('GET', '/version'), 'None');
    assert.equal(level('GET', '/apis/apps/v1'), 'None');
    assert.equal(level('GET', '/healthz'), 'Metadata');
    const apps = recorded('GET', '/apis/apps/v1/namespaces/a/deployments/b');
    assert.deepEqual(apps.omitStages, ['RequestReceived', 'ResponseStarted']);
    assert.equal(apps.omitManagedFields, true);
  });

  it('means subresources only where it says so', () => {
    const level = (resources: string, path: string) =>
      recordingOf(
        policyOf(`  - level: Request\n    resources: [{group: "", ${resources}}]\n`),
        attributesOf(makeContext('GET', path)),
      ).level;
    const log = '/api/v1/namespaces/a/pods/b/log';
    assert.equal(level('resources: [pods]', log), 'None');
    assert.equal(level('resources: ["pods/log"]', log), 'Request');
    assert.equal(level('resources: ["pods/*"]', log), 'Request');
    assert.equal(level('resources: ["*/log"]', log), 'Request');
    assert.equal(level('resources: ["*"]', log), 'Request');
    assert.equal(level('resources: ["pods/log"], resourceNames: [c]', log), 'None');
    assert.equal(level('resources: ["pods/log"], resourceNames: [b]', log), 'Request');
  });

  it('is refused with all that is wrong with it', () => {
    const refused = (text: string, ...words: readonly RegExp[]) => {
      for (const word of words) assert.throws(() => parseAuditPolicy(text), word);
    };
    refused('kind: Policy\n', /is not an audit\.k8s\.io\/v1 Policy/);
    refused('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n', /has no rules/);
    refused(
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [Never]\nrules: [{level: All}, {}, {level: None, nonResourceURLs: ["a*b"], namespaces: [x]}]\n',
      /omitStages\[0\]: Invalid value: "Never": allowed stages are RequestReceived,/,
      /rules\[0\]\.level: Unsupported value: "All": supported values: "None", "Metadata"/,
      /rules\[1\]\.level: Required value/,
      /rules\[2\]\.nonResourceURLs\[0\]: Invalid value: "a\*b": non-resource URL rules must begin/,
      /wildcards '\*' must be the final character/,
      /rules cannot apply to both regular resources and non-resource URLs/,
    );
  });

  it('lets the first rule that fits decide', () => {
    const rule = fc.record({
      level: fc.constantFrom(...levels),
      users: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
      omitStages: fc.uniqueArray(fc.constantFrom(...stages), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(rule), fc.constantFrom('a', 'b'), (rules, name) => {
        const policy = { rules, omitStages: [], omitManagedFields: false };
        const user = { name, groups: [] };
        const recording = recordingOf(policy, attributesOf(makeContext('GET', '/', { user })));
        const first = rules.find(({ users }) => users.length === 0 || users.includes(name));
        assert.equal(recording.level, first?.level ?? 'None');
        assert.deepEqual(recording.omitStages, first?.omitStages ?? []);
      }),
    );
  });
});

describe('audit log', () => {
  let dir: string;
  let path: string;
  const clock = createFakeClock(Date.parse('2026-01-02T03:04:05.678Z'));
  const open = (more: Partial<AuditLogOptions> = {}) =>
    openAuditLog({
      path,
      maxBytes: 0,
      maxBackups: 0,
      maxAgeMs: 0,
      compress: false,
      clock,
      logger: silentLogger,
      ...more,
    });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-audit-'));
    path = join(dir, 'logs', 'audit.log');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const linesOf = async () => (await readFile(path, 'utf8')).split('\n').filter(Boolean);

  it('has a line of JSON for each event, in order, and goes on where it was', async () => {
    const log = await open();
    await Promise.all([1, 2, 3].map((number) => log.write({ number })));
    await log.close();
    const again = await open();
    await again.write({ number: 4 });
    assert.deepEqual(
      await linesOf(),
      [1, 2, 3, 4].map((number) => `{"number":${number}}`),
    );
    await again.close();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('is put aside when it has grown, and old ones go', async () => {
    const log = await open({ maxBytes: 20, maxBackups: 2, compress: true });
    for (let number = 0; number < 5; number++) {
      await log.write({ number, pad: 'xxxxxx' });
      await clock.advance(1000);
    }
    await log.close();
    assert.deepEqual(await linesOf(), ['{"number":4,"pad":"xxxxxx"}']);
    const aside = (await readdir(join(dir, 'logs'))).filter((name) => name !== 'audit.log').sort();
    assert.deepEqual(aside, [
      'audit-2026-01-02T03-04-08.678.log.gz',
      'audit-2026-01-02T03-04-09.678.log.gz',
    ]);
    const old = gunzipSync(await readFile(join(dir, 'logs', aside[1]!))).toString();
    assert.equal(old, '{"number":3,"pad":"xxxxxx"}\n');
  });

  it('tells the log of the server when it cannot be written, and the request goes on', async () => {
    const told: string[] = [];
    await writeFile(join(dir, 'logs'), 'no folder');
    await assert.rejects(open());
    path = join(dir, 'audit.log');
    const logger = { ...silentLogger, error: (message: string) => void told.push(message) };
    const log = await open({ maxBytes: 1, logger });
    await log.write({ number: 1 });
    await rm(dir, { recursive: true });
    await log.write({ number: 2 });
    assert.deepEqual(told, ['Failed to write audit events']);
  });

  it('counts as its own only what was put aside of it', () => {
    const names = [
      'audit.log',
      'audit-2026-01-01T00-00-00.000.log',
      'audit-2026-01-02T00-00-00.000.log.gz',
      'audit-2026-01-03T00-00-00.000.log',
      'audit-notes.log',
      'other-2026-01-01T00-00-00.000.log',
    ];
    const limits = { now: Date.parse('2026-01-04'), maxBackups: 0, maxAgeMs: 0, compress: false };
    const dayMs = 24 * 3600_000;
    assert.deepEqual(planBackups('audit.log', names, limits), { remove: [], compress: [] });
    assert.deepEqual(planBackups('audit.log', names, { ...limits, maxBackups: 2 }).remove, [
      names[1],
    ]);
    assert.deepEqual(planBackups('audit.log', names, { ...limits, maxAgeMs: 2 * dayMs }), {
      remove: [names[1]],
      compress: [],
    });
    assert.deepEqual(planBackups('audit.log', names, { ...limits, compress: true }).compress, [
      names[3],
      names[1],
    ]);
  });
});
