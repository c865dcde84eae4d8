import { badRequest, invalid, invalidValue } from '@berth/api';
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ObjectMeta,
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
import { accessReviewProblems } from './access-review-problems.ts';
import type { Review, ReviewBody } from './reviews.ts';

export interface AccessReviewOptions {
  readonly authorize: Authorizer;
  /** The rules that apply to a user in a namespace. */
  readonly rulesFor: (user: UserInfo, namespace: string) => readonly PolicyRule[];
}

const group = 'authorization.k8s.io';

/** `authorization.k8s.io/v1`: may I, may they, and what may I. */
export function accessReviews({ authorize, rulesFor }: AccessReviewOptions): readonly Review[] {
  const decide = async (
    user: UserInfo,
    spec: SelfSubjectAccessReviewSpec,
  ): Promise<SubjectAccessReviewStatus> => {
    const { allowed, reason } = await authorize(attributesOf(user, spec));
    return { allowed, ...(reason && { reason }) };
  };
  return [
    {
      group,
      kind: 'SelfSubjectAccessReview',
      namespaced: false,
      status(review, { user }) {
        check('SelfSubjectAccessReview', review, false);
        return decide(user, review.spec ?? {});
      },
    },
    {
      group,
      kind: 'SubjectAccessReview',
      namespaced: false,
      status(review) {
        check('SubjectAccessReview', review, true);
        return decide(userOf(review.spec ?? {}), review.spec ?? {});
      },
    },
    {
      group,
      kind: 'LocalSubjectAccessReview',
      namespaced: true,
      status(review, { info: { namespace } }) {
        const spec = (review.spec ?? {}) as LocalSubjectAccessReview['spec'];
        const { namespace: _own, ...metadata } = (review.metadata ?? {}) as Partial<ObjectMeta>;
        check('LocalSubjectAccessReview', { ...review, metadata }, true);
        if (spec.resourceAttributes?.namespace !== namespace) {
          throw badRequest(
            `namespace ${JSON.stringify(namespace)} does not match spec.resourceAttributes.namespace`,
          );
        }
        return decide(userOf(spec), spec);
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

type Spec = Partial<SubjectAccessReviewSpec>;

/** Throws Invalid with every problem of a review. */
function check(kind: string, { metadata = {}, spec = {} }: ReviewBody, names: boolean): void {
  const { user = '', groups = [] } = spec as Spec;
  const isNobody = names && user === '' && groups.length === 0;
  const problems = [
    ...accessReviewProblems(metadata as Readonly<Record<string, unknown>>, spec),
    ...(isNobody
      ? [invalidValue('spec.user', user, 'at least one of user or group must be specified')]
      : []),
  ];
  if (problems.length > 0) throw invalid({ group, kind }, '', problems);
}

const userOf = ({ user = '', groups = [], uid, extra }: Spec): UserInfo => ({
  name: user,
  groups,
  ...(uid && { uid }),
  ...(extra && { extra }),
});

const attributesOf = (
  user: UserInfo,
  { resourceAttributes, nonResourceAttributes = {} }: SelfSubjectAccessReviewSpec,
): Attributes =>
  resourceAttributes ? ofResource(user, resourceAttributes) : ofPath(user, nonResourceAttributes);

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
