/** The most that a ConfigMap or Secret can hold: what fits into one value of the store, with room for the rest. */
export const mostDataBytes = 1024 * 1024;

/** How many bytes a base64 text stands for. */
export const decodedLength = (base64: string): number => Buffer.byteLength(base64, 'base64');
