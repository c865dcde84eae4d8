import { readFile } from 'node:fs/promises';
import type { ApiServerFlags } from '../options.ts';
import { openAuditLog } from './audit-log.ts';
import type { AuditLogOptions, AuditSink } from './audit-log.ts';
import { parseAuditPolicy } from './policy.ts';
import type { AuditPolicy } from './policy.ts';

const megabyte = 1024 * 1024;
const dayMs = 24 * 3600_000;

type Flags = Pick<
  ApiServerFlags,
  | 'auditPolicyFile'
  | 'auditLogPath'
  | 'auditLogMaxsize'
  | 'auditLogMaxbackup'
  | 'auditLogMaxage'
  | 'auditLogCompress'
>;

/** The audit log that the flags ask for; undefined unless they say both what and where. */
export async function openAudit(
  flags: Flags,
  { clock, logger }: Pick<AuditLogOptions, 'clock' | 'logger'>,
): Promise<{ readonly policy: AuditPolicy; readonly sink: AuditSink } | undefined> {
  const { auditPolicyFile, auditLogPath } = flags;
  if (!auditPolicyFile) {
    if (auditLogPath) logger.info('No audit policy file was given, so nothing is recorded');
    return undefined;
  }
  const policy = parseAuditPolicy(await readFile(auditPolicyFile, 'utf8'));
  if (!auditLogPath) return undefined;
  const sink = await openAuditLog({
    path: auditLogPath,
    maxBytes: flags.auditLogMaxsize * megabyte,
    maxBackups: flags.auditLogMaxbackup,
    maxAgeMs: flags.auditLogMaxage * dayMs,
    compress: flags.auditLogCompress,
    clock,
    logger,
  });
  return { policy, sink };
}
