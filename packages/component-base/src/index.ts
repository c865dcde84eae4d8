export { backoff } from './backoff.ts';
export type { BackoffOptions } from './backoff.ts';
export { formatMicroTime, formatTime, sleep } from './clock.ts';
export type { Clock } from './clock.ts';
export { createLogger, silentLogger } from './logger.ts';
export type { Facts, LogLevel, Logger, LoggerOptions } from './logger.ts';
export { systemClock } from './system-clock.ts';
