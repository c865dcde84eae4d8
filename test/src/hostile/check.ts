import assert from 'node:assert/strict';
import type { ApiRequest, Status, Transport } from '@berth/api';

/** No answer takes longer, however hostile the request is. */
const answerLimitMs = 2_000;

/** Sends a request and holds the answer against what every client may rely on; resolves to its code. */
export async function answerTo(transport: Transport, request: ApiRequest): Promise<number> {
  const limit = AbortSignal.timeout(answerLimitMs * 5);
  const startedAt = performance.now();
  const { status, body } = await transport(request, limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const tookMs = performance.now() - startedAt;
  const text = Buffer.concat(chunks).toString();
  assert.ok(tookMs < answerLimitMs, `answered after ${tookMs.toFixed(0)} ms\n${shown(request)}`);
  assert.ok(status < 500, `answered ${status}: ${text}\n${shown(request)}`);
  if (status >= 400)
    assert.deepEqual(
      refusalIn(text),
      { kind: 'Status', status: 'Failure', code: status },
      `${text}\n${shown(request)}`,
    );
  return status;
}

function refusalIn(text: string) {
  const { kind, status, code } = JSON.parse(text) as Partial<Status>;
  return { kind, status, code };
}

const shown = ({ method, path, headers, body }: ApiRequest) =>
  `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)}\n${Buffer.from(body ?? [])
    .toString()
    .slice(0, 1_500)}`;

export function assertUnpolluted(): void {
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
}
