import { StatusError } from '@berth/api';
import type { CustomResourceDefinition, KubeObject } from '@berth/api';
import type { AdmissionReads } from '../admission/admission.ts';
import type { Convert } from '../registry/strategy.ts';
import { replyProblem } from '../webhook/reply-problem.ts';
import type { WebhookCaller } from '../webhook/webhook-caller.ts';
import { webhookTarget } from '../webhook/webhook-target.ts';
import {
  readConversionReview,
  reviewVersionOf,
  writeConversionReview,
} from './conversion-review.ts';
import { restoreMeta } from './restore-meta.ts';
import { isValues } from './structural.ts';
import { versionSchemas } from './version-schemas.ts';

export interface WebhookConversionOptions {
  readonly reads: Pick<AdmissionReads, 'get' | 'list'>;
  readonly caller: WebhookCaller;
  readonly newUid: () => string;
  /** 0 to 1. */
  readonly random: () => number;
}

/** How the versions of a definition become each other; undefined when only their names differ. */
export type MakeConvert = (definition: CustomResourceDefinition) => Convert | undefined;

const timeoutMs = 30_000;
/** A list is converted in parts, so that neither question nor answer grows without bounds. */
const atOnce = 500;
const maxReply = 32 * 1024 * 1024;

/**
 * Converts by asking the webhook of the definition. Objects that are of the wanted version already are not sent. Throws
 * a StatusError with code 500 and upstream's words when no good answer comes.
 */
export function webhookConversion(options: WebhookConversionOptions): MakeConvert {
  return (definition) => {
    const { conversion } = definition.spec;
    const { webhook } = conversion ?? {};
    if (conversion?.strategy !== 'Webhook' || !webhook) return undefined;
    const { completed, pruned } = versionSchemas(definition);

    async function ask(objects: readonly KubeObject[], apiVersion: string) {
      const { clientConfig = {}, conversionReviewVersions } = webhook!;
      const version = reviewVersionOf(conversionReviewVersions);
      if (!version) throw new Error('no supported conversion review versions');
      const request = { version, uid: options.newUid(), apiVersion, objects };
      const target = await webhookTarget(clientConfig, options.reads, options.random);
      const body = writeConversionReview(request);
      const reply = await options.caller.post(target, body, { timeoutMs, maxReply });
      const problem = replyProblem(reply);
      if (problem !== undefined) throw new Error(problem);
      return readConversionReview(reply.body, request);
    }

    async function convertPart(objects: readonly KubeObject[], apiVersion: string) {
      const [{ apiVersion: from, kind }] = objects as readonly [KubeObject];
      const what = `conversion webhook for ${from}, Kind=${kind}`;
      const values = await ask(objects, apiVersion).catch((err: unknown) => {
        const why = err instanceof Error ? err.message : String(err);
        throw failure(`${what} failed: ${why}`, err);
      });
      if (values.length !== objects.length)
        throw failure(`${what} returned ${values.length} objects, expected ${objects.length}`);
      return objects.map((object, index) => {
        try {
          return pruned(converted(object, values[index], apiVersion));
        } catch (err) {
          const why = err instanceof Error ? err.message : String(err);
          throw failure(`${what} returned invalid converted object at index ${index}: ${why}`, err);
        }
      });
    }

    return async (objects, apiVersion) => {
      const asTheyShould = objects.map(completed);
      const others = asTheyShould.filter((object) => object.apiVersion !== apiVersion);
      const results: KubeObject[] = [];
      for (let start = 0; start < others.length; start += atOnce)
        results.push(...(await convertPart(others.slice(start, start + atOnce), apiVersion)));
      const next = results.values();
      return asTheyShould.map((object) =>
        object.apiVersion === apiVersion ? object : (next.next().value ?? object),
      );
    };
  };
}

function converted(original: KubeObject, value: unknown, apiVersion: string): KubeObject {
  if (!isValues(value)) throw new Error('it is no object');
  const said = typeof value.apiVersion === 'string' ? value.apiVersion : '';
  if (said !== apiVersion)
    throw new Error(`invalid groupVersion (expected ${apiVersion}, received ${said})`);
  const kind = typeof value.kind === 'string' ? value.kind : '';
  if (kind !== original.kind)
    throw new Error(`invalid kind (expected ${original.kind}, received ${kind})`);
  return restoreMeta(original, value);
}

/** As upstream answers what it has no reason for. */
const failure = (message: string, cause?: unknown) =>
  new StatusError(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 },
    { cause },
  );
