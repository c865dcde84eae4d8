import { StatusError } from '@berth/api';

/** The refusal of a path that nothing answers. */
export const noSuchPath = () =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
    details: {},
    code: 404,
  });
