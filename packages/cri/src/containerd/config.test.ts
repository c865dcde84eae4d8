import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planContainerdConfig } from './config.ts';
import type { ContainerdOptions } from './config.ts';

const options: ContainerdOptions = {
  root: '/var/lib/berth/node-1/containerd',
  state: '/run/berth/node-1',
  socket: '/run/berth/node-1.sock',
  cniConfDir: '/etc/a "quoted" \\ path',
  cniBinDir: '/usr/lib/cni',
  sandboxImage: 'berth.dev/pause:1',
  snapshotter: 'native',
  streamAddress: '10.0.0.2',
  restrictOomScoreAdj: true,
  cgroup: '/berth/node-1',
};

describe('containerd configuration', () => {
  it('shares nothing between nodes', () => {
    const text = planContainerdConfig(options);
    for (const line of [
      'root = "/var/lib/berth/node-1/containerd"',
      'state = "/run/berth/node-1"',
      'address = "/run/berth/node-1.sock"',
      'Root = "/run/berth/node-1/runc"',
      'stream_server_address = "10.0.0.2"',
      'path = "/berth/node-1"',
    ]) {
      assert.ok(text.includes(line), line);
    }
  });

  it('leaves out what is not asked for', () => {
    const { cgroup: _, streamAddress: __, ...rest } = options;
    const text = planContainerdConfig(rest);
    assert.ok(!text.includes('[cgroup]') && !text.includes('BinaryName'));
    assert.ok(text.includes('stream_server_address = "127.0.0.1"'));
  });

  it('is understood by containerd', function () {
    const dir = mkdtempSync(join(tmpdir(), 'berth-config-'));
    try {
      const file = join(dir, 'config.toml');
      writeFileSync(file, planContainerdConfig(options));
      const dump = spawnSync('containerd', ['--config', file, 'config', 'dump'], {
        encoding: 'utf8',
      });
      if (dump.error) return this.skip();
      assert.equal(dump.status, 0, dump.stderr);
      for (const line of [
        'conf_dir = "/etc/a \\"quoted\\" \\\\ path"',
        'snapshotter = "native"',
        'restrict_oom_score_adj = true',
        'sandbox_image = "berth.dev/pause:1"',
        'Root = "/run/berth/node-1/runc"',
        'netns_mounts_under_state_dir = true',
      ]) {
        assert.ok(dump.stdout.includes(line), line);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
