export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
/** On the endpoints of services that have no address of their own. */
export const headlessLabel = 'service.kubernetes.io/headless';
