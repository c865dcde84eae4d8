import { safeEncode } from '@berth/api';
import { canonical } from '../same.ts';

/**
 * A short name for a pod template: equal templates give equal hashes. `collisions` gives another name when two
 * different templates happen to share one.
 */
export const templateHash = (template: unknown, collisions: number): string =>
  safeEncode(String(fnv32a(`${canonical(template)}${collisions > 0 ? collisions : ''}`)));

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
