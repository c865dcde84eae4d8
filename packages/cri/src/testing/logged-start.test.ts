import assert from 'node:assert/strict';
import { loggedStart } from './logged-start.ts';

const line = (at: string, message: string, level = 'info') =>
  `time="2026-03-01T12:00:${at}Z" level=${level} msg=${JSON.stringify(message)}`;
const sandboxOf = (name: string, uid: string) =>
  `RunPodSandbox for &PodSandboxMetadata{Name:${name},Uid:${uid},Namespace:default,Attempt:0,}`;
const main = '&ContainerMetadata{Name:main,Attempt:0,}';

const lines = [
  line('00.100000001', sandboxOf('b', 'uid-b')),
  line('00.250500000', sandboxOf('a', 'uid-a')),
  line('00.3', `CreateContainer within sandbox "1b" for container ${main}`),
  'level=info msg="starting signal loop"',
  line('00.400000000', `${sandboxOf('b', 'uid-b')} returns sandbox id "1b"`),
  line('00.500750000', `${sandboxOf('a', 'uid-a')} returns sandbox id "1a"`),
  line('00.502000000', `CreateContainer within sandbox "1a" for container ${main}`),
  line('00.520000000', `CreateContainer within sandbox "1a" for ${main} returns container id "2a"`),
  line('00.600000000', 'StartContainer for "2b"'),
  line('59.999000000', 'StartContainer for "2a"').replace('Z"', '+00:00"'),
  line('00.610000000', 'StartContainer for "2b" returns successfully'),
];
const end = line('59.999900000', 'StartContainer for "2a" returns successfully');

describe('a start that containerd logged', () => {
  const at = (seconds: number) => Date.parse('2026-03-01T12:00:00Z') + seconds * 1000;
  const isNear = (found: number | undefined, seconds: number) =>
    assert.ok(Math.abs((found ?? 0) - at(seconds)) < 0.001, String((found ?? 0) - at(0)));

  it('is that of the pod, to the fraction of a millisecond', () => {
    const found = loggedStart([...lines, end, ''].join('\n'), 'uid-a');
    isNear(found?.runPodSandbox.from, 0.2505);
    isNear(found?.runPodSandbox.to, 0.50075);
    isNear(found?.createContainer.from, 0.502);
    isNear(found?.createContainer.to, 0.52);
    isNear(found?.startContainer.from, 59.999);
    isNear(found?.startContainer.to, 59.9999);
  });

  it('is none before its last call is done, or where that fails', () => {
    const failure = line('59.999900000', 'StartContainer for "2a" failed', 'error');
    assert.equal(loggedStart(lines.join('\n'), 'uid-a'), undefined);
    assert.equal(loggedStart([...lines, failure].join('\n'), 'uid-a'), undefined);
    assert.equal(loggedStart([...lines, end].join('\n'), 'uid-b'), undefined);
    assert.equal(loggedStart([...lines, end].join('\n'), 'uid'), undefined);
  });
});
