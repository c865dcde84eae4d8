import { badRequest } from '@berth/api';
import type { AttachRequest, ExecRequest } from '@berth/component-base/node-protocol';
import { optionalBoolean } from '../endpoints/query.ts';

/** What the query of `pods/attach` asks for. */
export function parseAttachOptions(query: URLSearchParams): AttachRequest {
  const is = (name: string) => optionalBoolean(query, name) ?? false;
  const tty = is('tty');
  // A terminal has one output.
  const streams = { stdin: is('stdin'), stdout: is('stdout'), stderr: is('stderr') && !tty, tty };
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  return streams;
}

/** What the query of `pods/exec` asks for. */
export function parseExecOptions(query: URLSearchParams): ExecRequest {
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify a command');
  return { ...parseAttachOptions(query), command };
}
