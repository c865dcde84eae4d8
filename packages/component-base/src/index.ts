export { backoff } from './backoff.ts';
export type { BackoffOptions } from './backoff.ts';
export { parseCertificateRequest } from './certificate-request.ts';
export type { CertificateRequest } from './certificate-request.ts';
export { formatMicroTime, formatTime, sleep } from './clock.ts';
export type { Clock } from './clock.ts';
export { writeFileAtomic } from './files.ts';
export { runHealthChecks } from './health.ts';
export type { HealthAnswer, HealthCheck, HealthQuery } from './health.ts';
export { createLogger, silentLogger } from './logger.ts';
export type { Facts, LogLevel, Logger, LoggerOptions } from './logger.ts';
export {
  choice,
  formatHelp,
  integer,
  list,
  optionalText,
  OptionsError,
  parseOptions,
  port,
  text,
  toggle,
} from './options.ts';
export type { Environment, Flag, FlagTable, OptionsOf } from './options.ts';
export { createPipe } from './pipe.ts';
export type { Pipe } from './pipe.ts';
export { runParts, terminationSignal } from './run.ts';
export type { Part } from './run.ts';
export { systemClock } from './system-clock.ts';
