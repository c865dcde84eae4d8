import assert from 'node:assert/strict';
import { readRules } from './scheduler-rules.ts';

describe('readRules', () => {
  const files: Readonly<Record<string, string>> = {
    'ours.yaml': '# ours\nkind: KubeSchedulerConfiguration\nprofiles: []\n',
    'twice.yaml': 'kind: A\nkind: B\n',
    'broken.yaml': 'a: [',
  };
  const host = { readFile: (path: string) => files[path] ?? '' };
  const configuration = (schedulerConfig: string) =>
    readRules({ schedulerConfig }, host)?.configuration;

  it('asks for nothing unless it is told to', () => {
    assert.equal(readRules({}, host), undefined);
    assert.deepEqual(readRules({ schedulerProfile: 'batch' }, host), { profile: 'batch' });
  });

  it('sends the file in few words, and as it is when something is wrong with it', () => {
    assert.equal(configuration('ours.yaml'), '{"kind":"KubeSchedulerConfiguration","profiles":[]}');
    assert.equal(configuration('twice.yaml'), files['twice.yaml']);
    assert.equal(configuration('broken.yaml'), files['broken.yaml']);
  });
});
