import type { ApiRequest, ApiResponse } from '@berth/api';
import type { Lifetime } from './lifetime.ts';

/** Who asks, as authentication found out. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is asked for, read from method and path alone; upstream's RequestInfo. */
export interface RequestInfo {
  /** `get list watch create update patch delete deletecollection`, or the lower-case method for other paths. */
  readonly verb: string;
  /** False for paths such as `/healthz`, `/apis`, `/openapi/v3`. */
  readonly isResource: boolean;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  /** What follows the subresource, for proxies. */
  readonly rest: string;
  readonly name: string;
}

/** Everything a handler may know about one request. */
export interface RequestContext {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** Ends when the client goes away or the request's time is up. */
  readonly lifetime: Lifetime;
  /** Adds a `Warning: 299` header to the answer; repeats are dropped. */
  warn(text: string): void;
  /** The name of the request in the audit log. */
  readonly auditId?: string;
  /** Where it came from, the client itself first. */
  readonly sourceIps?: readonly string[];
  /** Where to leave what the audit log shall say; absent when nobody records the request. */
  readonly audit?: AuditTrail;
}

interface AuditTrail {
  /** As whom the user acts. */
  impersonate(user: UserInfo): void;
  /** What was sent, decoded. */
  request(value: unknown): void;
  annotate(key: string, value: string): void;
}

/** Answers one request, or throws a `StatusError`; the outermost filter turns whatever was thrown into a Status. */
export type Handler = (context: RequestContext) => Promise<ApiResponse>;

/** What wants to see every request is a function around the handler. */
export type Filter = (next: Handler) => Handler;
