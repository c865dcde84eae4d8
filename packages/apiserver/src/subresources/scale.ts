import {
  decode,
  invalid,
  invalidValue,
  notFound,
  schemaOf,
  unsupportedMediaType,
} from '@berth/api';
import type { KubeObject, Scale } from '@berth/api';
import { patchFormat } from '../endpoints/negotiate.ts';
import { readBody } from '../endpoints/read-body.ts';
import { readPatch } from '../endpoints/read-patch.ts';
import { checkTarget, targetOf, writeOf } from '../endpoints/target.ts';
import { parseWriteQuery } from '../endpoints/write-options.ts';
import { withMeta } from '../registry/object-meta.ts';
import type { Resource, Write } from '../registry/resource.ts';
import { objectVerbs } from '../registry/served.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { BodyRules, ScaleAccess } from '../registry/strategy.ts';
import { updateObject } from '../registry/update-object.ts';
import { mainRules } from '../registry/update-rules.ts';
import type { RequestContext } from '../request.ts';

const gvk = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

const body: BodyRules = {
  decode: (value) => decode(value, 'Scale'),
  get schema() {
    return schemaOf(gvk);
  },
};

type Access = ScaleAccess<KubeObject>;

/** `…/scale`: how many replicas are wanted, in a form that is the same for all kinds that have replicas. */
export const scale = (resource: Resource, access: Access): SubresourceOptions => ({
  ...gvk,
  verbs: objectVerbs,
  async handler(context) {
    switch (context.info.verb) {
      case 'update':
        return put(resource, access, context);
      case 'patch':
        return patch(resource, access, context);
      default:
        return scaleOf(access, await current(resource, context));
    }
  },
});

async function current({ storage, codec, keyOf, type }: Resource, { info }: RequestContext) {
  const { kv } = await storage.get(keyOf(targetOf(type, info)));
  if (!kv) throw notFound(type, info.name);
  return codec.decode(kv);
}

function scaleOf({ replicas, statusReplicas, selector }: Access, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: gvk.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: replicas(object) },
    status: { replicas: statusReplicas(object), selector: selector(object) },
  };
}

function put(resource: Resource, access: Access, context: RequestContext): Promise<Scale> {
  const query = parseWriteQuery(context, 'UpdateOptions');
  const scale = asScale(readBody(context, gvk, query.fieldValidation));
  return change(resource, access, context, writeOf(context, query), () => scale);
}

function patch(resource: Resource, access: Access, context: RequestContext): Promise<Scale> {
  const format = patchFormat(context.request.headers['content-type']);
  if (format === 'apply')
    throw unsupportedMediaType('server-side apply of a Scale is not supported');
  const query = parseWriteQuery(context, 'PatchOptions');
  const apply = readPatch(context, format, body, query.fieldValidation);
  return change(resource, access, context, writeOf(context, query), (scale) =>
    asScale(apply(scale)),
  );
}

const asScale = (values: object): Scale => {
  const { metadata = {}, spec = {}, ...rest } = values as Partial<Scale>;
  return { ...rest, metadata, spec } as Scale;
};

/** Writes the number of a Scale into the object that it is of. A Scale without version is taken, too. */
async function change(
  resource: Resource,
  access: Access,
  context: RequestContext,
  write: Write,
  to: (scale: Scale) => Scale,
): Promise<Scale> {
  const request = {
    ref: targetOf(resource.type, context.info),
    rules: mainRules(resource.strategy),
    unconditional: true,
    change(old: KubeObject) {
      const next = to(scaleOf(access, old));
      checkTarget(next, context.info);
      const { replicas = 0 } = next.spec;
      if (replicas < 0) throw negative(next, replicas);
      const { uid, resourceVersion } = next.metadata;
      return withMeta(access.withReplicas(old, replicas), {
        ...old.metadata,
        ...(uid && { uid }),
        resourceVersion,
      });
    },
  };
  const written = await updateObject(resource, request, write);
  return scaleOf(access, written.object());
}

const negative = ({ metadata }: Scale, replicas: number) =>
  invalid(gvk, metadata.name, [
    invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
  ]);
