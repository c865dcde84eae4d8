import { badRequest, invalid } from '@berth/api';
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  PolicyRule,
  ResourceAttributes,
  SelfSubjectAccessReviewSpec,
  SelfSubjectRulesReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
  SubjectRulesReviewStatus,
} from '@berth/api';
import type { Attributes } from '../authorization/attributes.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { UserInfo } from '../request.ts';
import type { Review } from './reviews.ts';

export interface AccessReviewOptions {
  readonly authorize: Authorizer;
  /** The rules that apply to a user in a namespace. */
  readonly rulesFor: (user: UserInfo, namespace: string) => readonly PolicyRule[];
}

const group = 'authorization.k8s.io';

/** `authorization.k8s.io/v1`: may I, may they, and what may I. */
export function accessReviews({ authorize, rulesFor }: AccessReviewOptions): readonly Review[] {
  const decide = async (
    kind: string,
    user: UserInfo,
    spec: SelfSubjectAccessReviewSpec,
  ): Promise<SubjectAccessReviewStatus> => {
    const { allowed, reason } = await authorize(attributesOf(kind, user, spec));
    return { allowed, ...(reason && { reason }) };
  };
  return [
    {
      group,
      kind: 'SelfSubjectAccessReview',
      namespaced: false,
      status: ({ spec }, { user }) => decide('SelfSubjectAccessReview', user, spec ?? {}),
    },
    {
      group,
      kind: 'SubjectAccessReview',
      namespaced: false,
      status: ({ spec = {} }) =>
        decide('SubjectAccessReview', userOf('SubjectAccessReview', spec), spec),
    },
    {
      group,
      kind: 'LocalSubjectAccessReview',
      namespaced: true,
      status({ spec = {} }, { info: { namespace } }) {
        const { spec: asked } = { spec: spec as LocalSubjectAccessReview['spec'] };
        if (asked.resourceAttributes?.namespace !== namespace) {
          throw badRequest(
            `namespace ${JSON.stringify(namespace)} does not match spec.resourceAttributes.namespace`,
          );
        }
        return decide('LocalSubjectAccessReview', userOf('LocalSubjectAccessReview', asked), asked);
      },
    },
    {
      group,
      kind: 'SelfSubjectRulesReview',
      namespaced: false,
      status({ spec }, { user }) {
        const { namespace } = (spec ?? {}) as Partial<SelfSubjectRulesReview['spec']>;
        if (!namespace) throw badRequest('no namespace on request');
        return Promise.resolve(rulesStatus(rulesFor(user, namespace)));
      },
    },
  ];
}

function userOf(kind: string, { user = '', groups = [], uid, extra }: SubjectAccessReviewSpec) {
  if (!user && groups.length === 0) {
    throw invalid({ group, kind }, '', [
      {
        type: 'FieldValueInvalid',
        field: 'spec.user',
        detail: 'Invalid value: "": at least one of user or group must be specified',
      },
    ]);
  }
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function attributesOf(
  kind: string,
  user: UserInfo,
  { resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec,
): Attributes {
  if (resourceAttributes && !nonResourceAttributes) return ofResource(user, resourceAttributes);
  if (nonResourceAttributes && !resourceAttributes) return ofPath(user, nonResourceAttributes);
  const detail = resourceAttributes
    ? 'Invalid value: cannot be specified in combination with resourceAttributes'
    : 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
  const field = resourceAttributes ? 'spec.nonResourceAttributes' : 'spec.resourceAttributes';
  throw invalid({ group, kind }, '', [{ type: 'FieldValueInvalid', field, detail }]);
}

function ofResource(user: UserInfo, asked: ResourceAttributes): Attributes {
  const fieldSelector = asked.fieldSelector?.rawSelector ?? formatted(asked.fieldSelector);
  return {
    user,
    isResource: true,
    verb: asked.verb ?? '',
    group: asked.group ?? '',
    version: asked.version ?? '*',
    resource: asked.resource ?? '',
    subresource: asked.subresource ?? '',
    namespace: asked.namespace ?? '',
    name: asked.name ?? '',
    path: '',
    ...(fieldSelector && { fieldSelector }),
  };
}

const formatted = (selector: ResourceAttributes['fieldSelector']) =>
  (selector?.requirements ?? [])
    .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
    .map(({ key, values }) => `${key}=${values?.[0] ?? ''}`)
    .join(',');

const ofPath = (user: UserInfo, { path = '', verb = '' }: NonResourceAttributes): Attributes => ({
  user,
  isResource: false,
  verb,
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path,
});

const rulesStatus = (rules: readonly PolicyRule[]): SubjectRulesReviewStatus => ({
  resourceRules: rules
    .filter(({ resources }) => resources && resources.length > 0)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      ...(apiGroups && { apiGroups }),
      ...(resources && { resources }),
      ...(resourceNames && { resourceNames }),
    })),
  nonResourceRules: rules
    .filter(({ nonResourceURLs }) => nonResourceURLs && nonResourceURLs.length > 0)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, ...(nonResourceURLs && { nonResourceURLs }) })),
  incomplete: false,
});
