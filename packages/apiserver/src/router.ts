import { methodNotAllowed } from '@berth/api';
import type { ApiRequest, ApiResponse } from '@berth/api';
import { noSuchPath } from './endpoints/no-such-path.ts';
import type { Handler, RequestInfo } from './request.ts';

/** Answers one kind of path that is not a resource; undefined leaves it to the next. */
export type PathHandler = (
  info: RequestInfo,
  request: ApiRequest,
) => Promise<ApiResponse | undefined> | ApiResponse | undefined;

export interface RouterOptions {
  /** Resources that are computed, by `group/version/resource`. */
  readonly virtual: ReadonlyMap<string, Handler>;
  /** Every other resource. */
  readonly stored: Handler;
  readonly paths: readonly PathHandler[];
}

/** Sends a request to what answers it; paths that nothing answers get upstream's 404. */
export const createRouter =
  ({ virtual, stored, paths }: RouterOptions): Handler =>
  async (context) => {
    const { info, request } = context;
    if (info.isResource) {
      const computed = virtual.get(`${info.group}/${info.version}/${info.resource}`);
      return (computed ?? stored)(context);
    }
    for (const path of paths) {
      const response = await path(info, request);
      if (!response) continue;
      if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
      return response;
    }
    throw noSuchPath();
  };
