export { startApiServer } from './start-api-server.ts';
export type { TestServer, TestServerOptions } from './start-api-server.ts';
export { defaultAdmission } from '../admission/index.ts';
