import { Buffer } from 'node:buffer';
import { parseJson, parseYaml, StatusError } from '@berth/api';
import type { ApiResponse, Status } from '@berth/api';
import type { Clock } from '@berth/component-base';
import { auditEvent } from '../audit/audit-event.ts';
import type { Known } from '../audit/audit-event.ts';
import type { AuditSink } from '../audit/audit-log.ts';
import type { AuditPolicy, Stage } from '../audit/policy.ts';
import { recordingOf } from '../audit/recording.ts';
import type { Recording } from '../audit/recording.ts';
import { attributesOf } from '../authorization/attributes.ts';
import { isLongRunning } from '../request-info.ts';
import type { Filter, RequestContext, UserInfo } from '../request.ts';

export interface AuditOptions {
  readonly policy: AuditPolicy;
  readonly sink: AuditSink;
  readonly clock: Clock;
}

export interface Audit {
  /** Stands right behind authentication, so that it knows who asks and sees all that comes of it. */
  readonly filter: Filter;
  /** Records a request whose sender could not show who they are. */
  unauthenticated(context: RequestContext, failure: unknown): Promise<void>;
}

/** Records requests as the policy says. An answer is given when it has been recorded, not before. */
export function createAudit({ policy, sink, clock }: AuditOptions): Audit {
  const begin = (context: RequestContext, recording: Recording) => {
    let known: Known = { receivedAt: clock.now(), annotations: {} };
    return {
      learn(more: Partial<Known>) {
        known = { ...known, ...more };
      },
      annotate(key: string, value: string) {
        // The first one to say something is right, as upstream.
        known = { ...known, annotations: { [key]: value, ...known.annotations } };
      },
      async tell(stage: Stage) {
        if (recording.omitStages.includes(stage)) return;
        await sink.write(auditEvent(stage, clock.now(), context, recording, known));
      },
    };
  };

  return {
    filter: (next) => async (context) => {
      const recording = recordingOf(policy, attributesOf(context));
      const { level } = recording;
      if (level === 'None') return next(context);
      const record = begin(context, recording);
      await record.tell('RequestReceived');
      const trail = {
        impersonate: (impersonated: UserInfo) => record.learn({ impersonated }),
        request: (request: unknown) => record.learn({ request }),
        annotate: (key: string, value: string) => record.annotate(key, value),
      };
      let response: ApiResponse;
      try {
        response = await next({ ...context, audit: trail });
      } catch (err) {
        record.learn({ status: statusOf(err) });
        await record.tell('ResponseComplete');
        throw err;
      }
      const finish = async (bytes: Uint8Array | undefined) => {
        record.learn(outcomeOf(response, bytes, level === 'RequestResponse'));
        await record.tell('ResponseComplete');
      };
      if (isLongRunning(context.info)) {
        record.learn({ status: { code: response.status } });
        await record.tell('ResponseStarted');
        return { ...response, body: watched(response.body, false, finish) };
      }
      const { bytes } = response.body;
      if (!bytes) {
        const collects = level === 'RequestResponse';
        return { ...response, body: watched(response.body, collects, finish) };
      }
      await finish(bytes);
      return response;
    },

    async unauthenticated(asked, failure) {
      const context = { ...asked, user: nobody };
      const recording = recordingOf(policy, attributesOf(context));
      if (recording.level === 'None') return;
      const record = begin(context, recording);
      const message = `Authentication failed, attempted: ${attemptOf(context)}`;
      record.learn({ status: { ...statusOf(failure), message } });
      await record.tell('ResponseStarted');
    },
  };
}

/** Whoever could not show who they are is not even anonymous. */
const nobody: UserInfo = { name: '', groups: [] };

const attemptOf = ({ request: { headers } }: RequestContext) =>
  headers['authorization']?.split(' ')[0]?.toLowerCase() || 'certificate';

/** The same body; `done` is called when it ends, or when nobody reads on. */
async function* watched(
  body: AsyncIterable<Uint8Array>,
  collects: boolean,
  done: (bytes: Uint8Array | undefined) => Promise<void>,
): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) {
      if (collects) chunks.push(chunk);
      yield chunk;
    }
  } finally {
    await done(collects ? Buffer.concat(chunks) : undefined);
  }
}

/** What a stranger throws is for the log of the server, here as in the answer. */
const statusOf = (err: unknown): Partial<Status> =>
  err instanceof StatusError
    ? withoutType(err.status)
    : { status: 'Failure', reason: 'InternalError', code: 500 };

/** Where it stands it can be nothing but a Status. */
const withoutType = ({ kind: _kind, apiVersion: _version, ...status }: Partial<Status>) => status;

/** How a request ended: a Status is told as it is, of everything else the code. */
function outcomeOf(
  { status: code, headers }: ApiResponse,
  bytes: Uint8Array | undefined,
  withObject: boolean,
): Partial<Known> {
  const value = bytes && (withObject || saysStatus(bytes)) ? parsed(headers, bytes) : undefined;
  const isStatus = (value as Partial<Status> | undefined)?.kind === 'Status';
  const status = withoutType(value ?? {});
  return {
    status: isStatus ? { ...status, code } : { code },
    ...(withObject && value !== undefined && { response: value }),
  };
}

const statusOpening = Buffer.from('{"kind":"Status"');

const saysStatus = (bytes: Uint8Array) =>
  Buffer.compare(bytes.subarray(0, statusOpening.length), statusOpening) === 0;

function parsed(headers: ApiResponse['headers'], bytes: Uint8Array): unknown {
  const type = headers['content-type'] ?? '';
  try {
    if (type.startsWith('application/json')) return parseJson(bytes).value;
    if (type.startsWith('application/yaml')) return parseYaml(bytes).value;
  } catch {
    // What is cut short is no object.
  }
  return undefined;
}
