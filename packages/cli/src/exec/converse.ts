import type { Status } from '@berth/api';
import type { Host } from '../host.ts';
import { channel } from './channels.ts';
import type { Channels } from './channels.ts';

/** How a command ended. */
export interface End {
  readonly exitCode: number;
  /** What a person should be told about it. */
  readonly message?: string;
}

/** Passes bytes on in both directions until the command has ended. A terminal is given back as it was. */
export async function converse(
  host: Host,
  channels: Channels,
  { stdin, isTerminal }: { readonly stdin: boolean; readonly isTerminal: boolean },
): Promise<End> {
  const stopResizing = isTerminal ? sendSizes(host, channels) : () => undefined;
  if (isTerminal) host.stdin.setRaw(true);
  // Nobody waits for it: whoever types may type on when the command is long gone.
  if (stdin) void sendInput(host, channels).catch(() => undefined);
  try {
    let end: End = {
      exitCode: 1,
      message: 'error: the connection was lost before the command ended',
    };
    for await (const { channel: from, data } of channels.messages) {
      if (data.length === 0) continue;
      if (from === channel.stdout) await host.stdout.write(data);
      else if (from === channel.stderr) await host.stderr.write(data);
      else if (from === channel.status) end = endOf(Buffer.from(data).toString('utf8'));
    }
    return end;
  } finally {
    stopResizing();
    if (isTerminal) host.stdin.setRaw(false);
    channels.close();
  }
}

async function sendInput({ stdin }: Host, { send }: Channels): Promise<void> {
  for await (const data of stdin) await send(channel.stdin, data);
  await send(channel.close, Uint8Array.of(channel.stdin));
}

function sendSizes(host: Host, { send }: Channels): () => void {
  const tell = () => {
    const size = host.terminalSize();
    if (!size) return;
    const text = JSON.stringify({ Width: size.columns, Height: size.rows });
    void send(channel.resize, Buffer.from(text));
  };
  tell();
  return host.onResize(tell);
}

/** Reads the Status that ends a command. */
export function endOf(text: string): End {
  const status = parseStatus(text);
  if (status.status === 'Success') return { exitCode: 0 };
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  const exitCode = Number(code);
  return code !== undefined && Number.isInteger(exitCode)
    ? { exitCode, message: `command terminated with exit code ${exitCode}` }
    : { exitCode: 1, message: `error: ${status.message ?? 'the command failed'}` };
}

function parseStatus(text: string): Partial<Status> {
  try {
    return JSON.parse(text) as Partial<Status>;
  } catch {
    return { message: text };
  }
}
