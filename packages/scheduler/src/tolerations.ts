import { tolerates as covers } from '@berth/api';
import type { Taint, Toleration } from '@berth/api';

/** Whether any of the tolerations covers the taint. */
export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  (tolerations ?? []).some((toleration) => covers(toleration, taint));
