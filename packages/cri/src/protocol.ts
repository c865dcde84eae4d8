import { fileURLToPath } from 'node:url';
import { loadProto, serviceDefinition } from '@berth/component-base/grpc';
import type { ServiceDefinition } from '@berth/component-base/grpc';

export interface CriProtocol {
  readonly runtime: ServiceDefinition;
  readonly images: ServiceDefinition;
}

const file = new URL('../../../proto/cri/runtime/v1/api.proto', import.meta.url);
let loaded: Promise<CriProtocol> | undefined;

/** Reads the protocol when it is first needed; every connection of the process shares it. */
export const criProtocol = (): Promise<CriProtocol> => (loaded ??= load());

async function load(): Promise<CriProtocol> {
  const root = await loadProto(fileURLToPath(file));
  return {
    runtime: serviceDefinition(root, 'runtime.v1.RuntimeService'),
    images: serviceDefinition(root, 'runtime.v1.ImageService'),
  };
}
