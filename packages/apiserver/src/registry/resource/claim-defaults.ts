import type { DeviceSubRequest, ExactDeviceRequest, ResourceClaimSpec } from '@berth/api';
import { asGiven } from '../core/given.ts';

/** Requests ask for one device where nothing else is said. */
export function withRequestDefaults(spec: ResourceClaimSpec | undefined): ResourceClaimSpec {
  const { devices = {} } = spec ?? {};
  const { requests } = asGiven(devices);
  if (!requests) return { ...spec, devices };
  return {
    ...spec,
    devices: {
      ...devices,
      requests: (devices.requests ?? []).map((request) => ({
        ...request,
        ...(request.exactly && { exactly: withCount(request.exactly) }),
        ...(request.firstAvailable && { firstAvailable: request.firstAvailable.map(withCount) }),
      })),
    },
  };
}

function withCount<R extends ExactDeviceRequest | DeviceSubRequest>(request: R): R {
  const allocationMode = request.allocationMode || 'ExactCount';
  const count = allocationMode === 'ExactCount' ? request.count || 1 : request.count;
  return { ...request, allocationMode, ...(count !== undefined && { count }) };
}
