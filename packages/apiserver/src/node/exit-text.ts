import type { Status } from '@berth/api';

/** How a command ended, for clients of protocols that know no Status: nothing for success. */
export const errorText = ({ status, message = 'unknown error' }: Partial<Status>): string =>
  status === 'Success' ? '' : message;
