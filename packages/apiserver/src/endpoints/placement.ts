import { methodNotAllowed, placementPlans, pods } from '@berth/api';
import type {
  KubeObject,
  PlacementExplanation,
  PlacementPlanSpec,
  PlacementPlanStatus,
  PlacementRules,
  Pod,
  ResourceType,
  Transport,
} from '@berth/api';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ComputedResource } from '../final-handler.ts';
import type { Registry } from '../registry/registry.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import type { Handler, UserInfo } from '../request.ts';
import { answerValue, formOf } from './answer.ts';
import { explanationWithin, planWithin } from './placement-views.ts';
import { readBody } from './read-body.ts';

/** Knows where pods go. The server only asks: who makes it decides by which rules. */
export interface Placement {
  /** Where a pod goes or went, or why nowhere. */
  explain(pod: Pod, rules: PlacementRules): Promise<PlacementExplanation>;
  /**
   * Where the pods of objects would go, in whose place `namespace` stands where they name none. `transport` asks this server
   * as the user who wants to know.
   */
  plan(
    spec: PlacementPlanSpec,
    namespace: string,
    transport: Transport,
  ): Promise<PlacementPlanStatus>;
}

/** What placement reads of the server. */
export interface PlacementReads {
  /** All objects there are, as of now; an object that did not change is the same one as before. */
  list<T extends KubeObject>(type: ResourceType<T>): Promise<readonly T[]>;
  serves(type: ResourceType): boolean;
}

export type MakePlacement = (reads: PlacementReads) => Placement;

const { group, version } = placementPlans;

export const placementReads = (registry: Registry): PlacementReads => ({
  list: async (type) => (await registry.store(type).list()).items,
  serves: (type) => registry.serves(type),
});

/** `pods/why`. */
export const whySubresource = (
  placement: Placement,
  registry: Registry,
  authorize: Authorizer,
): SubresourceOptions => ({
  ...{ group, version, kind: 'PlacementExplanation', verbs: ['get'] },
  async handler({ info: { namespace, name, query }, user }) {
    const pod = await registry.store(pods).get({ namespace, name });
    const [configuration, profile] = [query.get('configuration'), query.get('profile')];
    const explanation = await placement.explain(pod, {
      ...(configuration !== null && { configuration }),
      ...(profile !== null && { profile }),
    });
    return (await seesAllPods(user, authorize))
      ? explanation
      : explanationWithin(explanation, namespace);
  },
});

/** `scheduling.berth.dev/v1`: plans, which are asked for by creating them. */
export const placementPlanning = (
  placement: Placement,
  transportOf: (user: UserInfo) => Transport,
  authorize: Authorizer,
): ComputedResource => ({
  row: {
    type: placementPlans,
    subresource: '',
    ...{ group, version, kind: placementPlans.kind, verbs: ['create'] },
  },
  handler: planHandler(placement, transportOf, authorize),
});

/** Answers a PlacementPlan, as the object that was sent with its status. */
function planHandler(
  placement: Placement,
  transportOf: (user: UserInfo) => Transport,
  authorize: Authorizer,
): Handler {
  return async (context) => {
    const { info, user } = context;
    if (info.verb !== 'create' || info.name) throw methodNotAllowed();
    const form = formOf(context, ['object']);
    const expected = { group, version, kind: placementPlans.kind };
    const { metadata = {}, spec } = readBody(context, expected, 'Ignore', asItIs) as {
      readonly metadata?: object;
      readonly spec?: Partial<PlacementPlanSpec>;
    };
    const asked = { objects: spec?.objects ?? [], ...(spec?.rules && { rules: spec.rules }) };
    const whole = await placement.plan(asked, info.namespace, transportOf(user));
    const status = (await seesAllPods(user, authorize)) ? whole : planWithin(whole, info.namespace);
    const answered = {
      ...{ kind: expected.kind, apiVersion: `${group}/${version}` },
      ...{ metadata, spec: asked, status },
    };
    return answerValue(201, answered, form);
  };
}

async function seesAllPods(user: UserInfo, authorize: Authorizer): Promise<boolean> {
  const { group: podGroup, version: podVersion, resource } = pods;
  const { allowed } = await authorize({
    ...{ user, verb: 'list', isResource: true, group: podGroup, version: podVersion, resource },
    ...{ subresource: '', namespace: '', name: '', path: '' },
  });
  return allowed;
}

/** The objects of a plan are read by those who create them. */
const asItIs = {
  decode(value: unknown) {
    const { spec } = value as { readonly spec?: { readonly [name: string]: unknown } };
    const { objects = [], rules = {} } = spec ?? {};
    const isList = Array.isArray(objects) && objects.every(isFields);
    const areTexts =
      isFields(rules) && Object.values(rules).every((text) => typeof text === 'string');
    const error = !isList
      ? 'spec.objects must be a list of objects'
      : areTexts
        ? undefined
        : 'spec.rules must be an object of strings';
    return { object: value, unknownFields: [], ...(error !== undefined && { error }) };
  },
  schema: undefined,
};

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
