import { parseJson, stringifyJson } from '@berth/api';
import type { KubeObject } from '@berth/api';
import { isValues } from './structural.ts';
import type { Values } from './structural.ts';

const group = 'apiextensions.k8s.io';
const kind = 'ConversionReview';

const spoken = ['v1', 'v1beta1'] as const;

type ReviewVersion = (typeof spoken)[number];

/** The first of the versions a webhook understands that is spoken here, too. */
export const reviewVersionOf = (understood: readonly string[]): ReviewVersion | undefined =>
  understood
    .map((version) => spoken.find((own) => own === version))
    .find((version) => version !== undefined);

export interface ConversionRequest {
  readonly version: ReviewVersion;
  readonly uid: string;
  /** What the objects shall become. */
  readonly apiVersion: string;
  readonly objects: readonly KubeObject[];
}

/** The body that asks a webhook to convert objects. */
export const writeConversionReview = ({
  version,
  uid,
  apiVersion,
  objects,
}: ConversionRequest): Uint8Array =>
  Buffer.from(
    stringifyJson({
      kind,
      apiVersion: `${group}/${version}`,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    }),
  );

/** What a webhook made of the objects, as it stands in its answer; throws an Error in upstream's words. */
export function readConversionReview(
  body: Uint8Array,
  { version, uid }: Pick<ConversionRequest, 'version' | 'uid'>,
): readonly unknown[] {
  const { value } = parseJson(body);
  const review = isValues(value) ? value : {};
  // The older form was never held to its name and uid.
  if (version === 'v1') refuseOtherKind(review);
  const { response } = review;
  if (!isValues(response)) throw new Error('no response provided');
  if (version === 'v1' && response.uid !== uid)
    throw new Error(`expected response.uid=${quote(uid)}, got ${quote(textOf(response.uid))}`);
  refuseFailure(isValues(response.result) ? response.result : {});
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

function refuseOtherKind({ apiVersion, kind: said }: Values): void {
  if (apiVersion === `${group}/v1` && said === kind) return;
  throw new Error(
    `expected webhook response of ${group}/v1, Kind=${kind}, got ${textOf(apiVersion)}, Kind=${textOf(said)}`,
  );
}

function refuseFailure({ status, message }: Values): void {
  if (status === 'Success') return;
  throw new Error(
    textOf(message) || `response.result.status was '${textOf(status)}', not 'Success'`,
  );
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

const quote = (text: string) => JSON.stringify(text);
