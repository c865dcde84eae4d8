export { createSpdyConnection } from './spdy/connection.ts';
export type { SpdyConnection, SpdyStream } from './spdy/connection.ts';
export type { SpdyHeaders } from './spdy/header-block.ts';
