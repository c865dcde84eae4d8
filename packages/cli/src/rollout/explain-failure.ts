import { pathOf, pods } from '@berth/api';
import { textOf } from '@berth/client';
import { exchange } from '../exchange.ts';
import { queryString } from '../query.ts';
import type { Session } from '../session.ts';
import { troubleText } from './pod-trouble.ts';
import type { Trouble } from './pod-trouble.ts';

const logLines = 10;

/** Tells on stderr what stopped a pod, and the last that its container wrote. */
export async function explainFailure(session: Session, trouble: Trouble): Promise<void> {
  const { screen } = session;
  await screen.tell(troubleText(trouble));
  const log = trouble.hasLogs ? await lastWords(session, trouble) : '';
  if (!log.trim()) return;
  await screen.tell(`The last lines of its log:`);
  for (const line of log.trimEnd().split('\n')) await screen.tell(`  ${line}`);
}

/** Of the run that ended; a log that cannot be had must not hide what it was to explain. */
async function lastWords(session: Session, { pod, container, reason }: Trouble): Promise<string> {
  const path = pathOf(pods, { ...pod.metadata, subresource: 'log' });
  const isBetweenRuns = reason === 'CrashLoopBackOff';
  const query = queryString({ container, tailLines: logLines, previous: isBetweenRuns });
  try {
    const { transport } = session.cluster();
    return await textOf(await exchange(transport, { method: 'GET', path: path + query }));
  } catch {
    return '';
  }
}
