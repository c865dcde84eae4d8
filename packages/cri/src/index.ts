export { CriError } from './cri.ts';
export type * from './cri.ts';
