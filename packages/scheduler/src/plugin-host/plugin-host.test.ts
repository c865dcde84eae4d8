import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeNode, makePod } from '@berth/api/testing';
import { silentLogger, systemClock } from '@berth/component-base';
import { createClusterState } from '../cluster-state.ts';
import { createEngine } from '../engine/engine.ts';
import { mirrorState } from './mirror-state.ts';
import { startPluginHost } from './plugin-host.ts';
import type { PluginHost } from './plugin-host.ts';

describe('startPluginHost', function () {
  this.timeout(30_000);
  let directory: string;
  const hosts: PluginHost[] = [];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-plugin-'));
  });
  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())));
  after(() => rm(directory, { recursive: true, force: true }));

  /** An engine that asks nobody but the plugin, on nodes n0, n1, …. */
  async function start(
    source: string,
    { nodes = 3, timeoutMs = 200, config = {}, name = 'plugin.mjs' } = {},
  ) {
    const path = join(directory, name);
    await writeFile(path, source);
    const state = createClusterState();
    for (let i = 0; i < nodes; i += 1) state.setNode(makeNode(`n${i}`));
    const executed: string[] = [];
    const host = await startPluginHost({
      ...{ name: 'Test', config, timeoutMs, state, clock: systemClock, logger: silentLogger },
      module: `${pathToFileURL(path).href}?${Math.random()}`,
      onExecuted: (plugin, point, status) => executed.push(`${plugin} ${point} ${status}`),
    });
    hosts.push(host);
    const observed = mirrorState(state, (change) => host.changed(change));
    const engine = createEngine({
      ...{ state: observed, plugins: [{ ...host.plugin, weight: 1 }] },
    });
    const decide = (pod = makePod('a')) => engine.decide(observed.podInfo(pod));
    return { state: observed, decide, executed, host };
  }
  const nodeOf = (decision: ReturnType<Awaited<ReturnType<typeof start>>['decide']>) =>
    decision.kind === 'bind' ? decision.nodeName : decision.reasons;

  it('asks the plugin about the cluster as it is, and reports its reasons', async () => {
    const { state, decide, executed } = await start(
      `export default ({ most }) => ({
        filter: (pod) => pod.pod.metadata.name === 'free' ? undefined :
          (node) => node.pods.length < most && node.node.spec.unschedulable !== true
            ? { ok: true } : { ok: false, resolvable: true, reasons: ['node(s) had enough'] },
      })`,
      { config: { most: 1 } },
    );
    const place = (name: string) => {
      const decision = decide(makePod(name));
      if (decision.kind === 'bind') state.assume(state.podInfo(makePod(name)), decision.nodeName);
      return nodeOf(decision);
    };
    const used = [place('a'), place('b'), place('c')];
    assert.deepEqual([...used].sort(), ['n0', 'n1', 'n2']);
    assert.deepEqual(place('d'), new Map([['node(s) had enough', 3]]));
    state.removePod('default/b');
    state.removeNode('n9');
    assert.equal(place('d'), used[1]);
    state.removeNode('n0');
    state.setNode(makeNode('n3', { unschedulable: true }));
    assert.deepEqual(place('e'), new Map([['node(s) had enough', 3]]));
    state.setNode(makeNode('n3'));
    assert.equal(place('e'), 'n3');
    assert.equal(decide(makePod('free')).kind, 'bind');
    assert.ok(executed.every((one) => one === 'Test Filter Success'));
  });

  it('takes scores with and without a normaliser', async () => {
    const raw = '({ node }) => Number(node.metadata.name.slice(1)) * 1000';
    const normalised = await start(
      `export default () => ({ score: { prepare: () => ${raw},
        normalize(scores) { const most = Math.max(...scores);
          scores.forEach((score, i) => { scores[i] = Math.round(score * 100 / most); }); } } })`,
    );
    assert.equal(nodeOf(normalised.decide()), 'n2');
    const wild = await start(`export default () => ({ score: { prepare: () => ${raw} } })`);
    assert.throws(() => wild.decide(), /invalid score 1000, .* range of \[0, 100\]/);
  });

  it('fails the attempt of a plugin that throws, and goes on', async () => {
    const { decide, executed } = await start(
      `let calls = 0;
      export default () => ({ filter: () => { if (calls++ === 0) throw new Error('no idea'); } })`,
    );
    assert.throws(() => decide(), /running Filter plugin "Test": no idea/);
    assert.equal(decide().kind, 'bind');
    assert.deepEqual(executed, ['Test Filter Error', 'Test Filter Success']);
  });

  it('ends a plugin that takes too long, and starts it anew with all it has to know', async () => {
    const { state, decide } = await start(
      `export default () => ({ filter: ({ pod }) => { while (pod.metadata.name === 'endless');
        return (node) => node.pods.length === 0 ? { ok: true } : { ok: false, reasons: ['taken'] }; } })`,
    );
    state.assume(state.podInfo(makePod('x')), 'n0');
    const began = performance.now();
    assert.throws(
      () => decide(makePod('endless')),
      /running Filter plugin "Test": it did not answer within 200ms/,
    );
    const waited = performance.now() - began;
    assert.ok(waited < 5_000, `${waited} ms`);
    assert.throws(() => decide(), /is not running: it did not answer/, 'at once');
    state.assume(state.podInfo(makePod('y')), 'n1');
    for (let back: unknown; back === undefined;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        back = nodeOf(decide());
        assert.equal(back, 'n2');
      } catch (err) {
        if (!/is not running/.test(String(err))) throw err;
      }
    }
  });

  it('survives a plugin that ends its thread or eats its memory', async () => {
    for (const deed of [
      'process.exit(1)',
      'for (const all = []; ; ) all.push(new Array(1e6).fill(0))',
    ]) {
      const { decide } = await start(`export default () => ({ filter: () => { ${deed}; } })`, {
        timeoutMs: 1_000,
      });
      assert.throws(() => decide(), /running Filter plugin "Test"/);
    }
  });

  it('says why a plugin cannot be loaded', async () => {
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['export const x = 1;', /default export is not a function/],
      ['export default () => ({});', /neither filter nor score/],
      ['export default () => { throw new Error("bad config"); };', /bad config/],
      ['import "nowhere-to-be-found";', /nowhere-to-be-found/],
      ['export default (', /plugin "Test": /],
    ];
    for (const [source, why] of refusals) await assert.rejects(start(source), why);
  });

  it('reads TypeScript', async () => {
    const { decide } = await start(
      `interface Config { readonly node: string }
      export default ({ node }: Config) => ({
        filter: () => (info: { readonly name: string }) =>
          info.name === node ? { ok: true as const } : { ok: false, resolvable: false, reasons: ['other'] },
      });`,
      { name: 'plugin.mts', config: { node: 'n1' } },
    );
    assert.equal(nodeOf(decide()), 'n1');
  });
});
