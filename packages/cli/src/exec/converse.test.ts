import assert from 'node:assert/strict';
import { createPipe } from '@berth/component-base';
import { createTestHost } from '../testing/host.ts';
import { channel } from './channels.ts';
import type { Channels, Message } from './channels.ts';
import { converse, endOf } from './converse.ts';

function fakeChannels() {
  const messages = createPipe<Message>();
  const sent: (readonly [number, string])[] = [];
  let isClosed = false;
  const channels: Channels = {
    messages: messages.items,
    send: async (to, data) => void sent.push([to, Buffer.from(data).toString('utf8')]),
    close: () => (isClosed = true),
  };
  const say = (from: number, text: string) =>
    messages.write({ channel: from, data: Buffer.from(text) });
  return { channels, messages, sent, say, isClosed: () => isClosed };
}

const success = JSON.stringify({ status: 'Success' });
const exit = (code: number) =>
  JSON.stringify({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  });

describe('converse', () => {
  it('passes output to its stream, and the exit code on', async () => {
    const { host, stdout, stderr } = createTestHost();
    const { channels, messages, say, isClosed } = fakeChannels();
    const end = converse(host, channels, { stdin: false, isTerminal: false });
    await say(channel.stdout, 'out');
    await say(channel.stderr, 'err');
    await say(channel.status, exit(7));
    messages.end();
    assert.deepEqual(await end, {
      exitCode: 7,
      message: 'command terminated with exit code 7',
    });
    assert.deepEqual([stdout(), stderr(), isClosed()], ['out', 'err', true]);
  });

  it('sends what is typed, and that it has ended', async () => {
    const { host } = createTestHost();
    const { channels, messages, sent, say } = fakeChannels();
    const stdin = {
      ...host.stdin,
      async *[Symbol.asyncIterator]() {
        yield Buffer.from('typed');
      },
    };
    const end = converse({ ...host, stdin }, channels, { stdin: true, isTerminal: false });
    await say(channel.status, success);
    messages.end();
    assert.deepEqual(await end, { exitCode: 0 });
    assert.deepEqual(sent, [
      [channel.stdin, 'typed'],
      [channel.close, '\u0000'],
    ]);
  });

  it('makes the terminal raw only while the command runs, and tells its size', async () => {
    const { host } = createTestHost();
    const { channels, messages, sent, say } = fakeChannels();
    const raw: boolean[] = [];
    const terminal = {
      ...host,
      stdin: { ...host.stdin, setRaw: (on: boolean) => void raw.push(on) },
      terminalSize: () => ({ columns: 80, rows: 24 }),
    };
    const end = converse(terminal, channels, { stdin: false, isTerminal: true });
    await say(channel.status, success);
    messages.end();
    await end;
    assert.deepEqual(raw, [true, false]);
    assert.deepEqual(sent, [[channel.resize, '{"Width":80,"Height":24}']]);
  });

  it('takes a connection that breaks for a failure', async () => {
    const { host } = createTestHost();
    const { channels, messages } = fakeChannels();
    const end = converse(host, channels, { stdin: false, isTerminal: false });
    messages.end();
    assert.equal((await end).exitCode, 1);
  });
});

describe('endOf', () => {
  it('tells failures that are no exit codes, and text that is no Status', () => {
    assert.deepEqual(endOf('{"status":"Failure","message":"no such container"}'), {
      exitCode: 1,
      message: 'error: no such container',
    });
    assert.deepEqual(endOf('oops'), { exitCode: 1, message: 'error: oops' });
  });
});
