import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  nodes,
  notFound,
  notSupported,
  pods,
  secrets,
  serviceAccounts,
} from '@berth/api';
import type {
  AuthenticationV1TokenRequest,
  BoundObjectReference,
  FieldError,
  KubeObject,
  ObjectRef,
  ResourceType,
  TokenRequestSpec,
} from '@berth/api';
import { formatTime } from '@berth/component-base';
import type {
  Bound,
  ServiceAccountTokens,
  TokenClaims,
} from '../authentication/service-account-tokens.ts';
import type { AdmissionChain } from '../admission/admission.ts';
import type { Lookup } from '../lookup.ts';
import type { SubresourceOptions } from '../registry/served.ts';
import { readBody } from './read-body.ts';

const group = 'authentication.k8s.io';
const version = 'v1';
const kind = 'TokenRequest';

const hour = 3600;
const shortest = 600;
const longest = 2 ** 32;

/** `serviceaccounts/token`: a token for a service account, bound to a pod, secret or node if asked. */
export function tokenRequests(
  tokens: Pick<ServiceAccountTokens, 'issue' | 'audiences'>,
  lookup: Lookup,
  admission: Pick<AdmissionChain, 'validate'>,
): SubresourceOptions {
  return {
    group,
    version,
    kind,
    verbs: ['create'],
    async handler(context) {
      const { namespace, name } = context.info;
      const body = readBody(context, { group, version, kind });
      const request = body as unknown as AuthenticationV1TokenRequest;
      const spec = withDefaults(request.spec, tokens.audiences);
      const problems = problemsOf(spec);
      if (problems.length > 0) throw invalid({ group, kind }, name, problems);
      const object: AuthenticationV1TokenRequest = { ...request, spec };
      await admission.validate({
        operation: 'CREATE',
        type: serviceAccounts,
        subresource: 'token',
        namespace,
        name,
        object,
        user: context.user,
        dryRun: context.info.query.has('dryRun'),
        warn: (text) => context.warn(text),
      });
      const account = await lookup(serviceAccounts, { namespace, name });
      if (!account) throw notFound(serviceAccounts, name);
      const bound = await bind(lookup, spec.boundObjectRef, { namespace, name });
      if (context.info.query.has('dryRun')) return answerOf(request, spec, account, {});
      const { token, expiresAtMs } = await tokens.issue({
        namespace,
        serviceAccount: { name, uid: account.metadata.uid },
        audiences: spec.audiences,
        expirationSeconds: spec.expirationSeconds,
        ...bound,
      });
      const status = { token, expirationTimestamp: formatTime(expiresAtMs) };
      return answerOf(request, spec, account, status);
    },
  };
}

interface CompleteSpec extends TokenRequestSpec {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

function withDefaults(
  spec: TokenRequestSpec | undefined,
  audiences: readonly string[],
): CompleteSpec {
  const { audiences: asked = [], expirationSeconds = hour, boundObjectRef } = spec ?? {};
  return {
    audiences: asked.length > 0 ? asked : audiences,
    expirationSeconds,
    ...(boundObjectRef && { boundObjectRef }),
  };
}

function problemsOf({ expirationSeconds }: CompleteSpec): readonly FieldError[] {
  const field = 'spec.expirationSeconds';
  if (expirationSeconds < shortest) {
    return [
      invalidValue(field, expirationSeconds, 'may not specify a duration less than 10 minutes'),
    ];
  }
  if (expirationSeconds > longest) {
    return [
      invalidValue(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'),
    ];
  }
  return [];
}

type Binding = Pick<TokenClaims, 'pod' | 'secret' | 'node'>;

async function bind(
  lookup: Lookup,
  ref: BoundObjectReference | undefined,
  account: Required<ObjectRef>,
): Promise<Binding> {
  if (!ref) return {};
  const { namespace } = account;
  const { name = '' } = ref;
  switch (`${ref.apiVersion}/${ref.kind}`) {
    case 'v1/Pod': {
      const pod = await present(lookup, pods, { namespace, name }, ref);
      if ((pod.spec.serviceAccountName ?? 'default') !== account.name) {
        throw badRequest(
          `cannot bind token for serviceaccount ${JSON.stringify(account.name)} to pod running with different serviceaccount name.`,
        );
      }
      const nodeName = pod.spec.nodeName;
      const node = nodeName ? await lookup(nodes, { name: nodeName }) : undefined;
      return {
        pod: boundTo(pod),
        ...(nodeName && { node: { name: nodeName, uid: node?.metadata.uid ?? '' } }),
      };
    }
    case 'v1/Secret':
      return { secret: boundTo(await present(lookup, secrets, { namespace, name }, ref)) };
    case 'v1/Node':
      return { node: boundTo(await present(lookup, nodes, { name }, ref)) };
    default:
      throw invalid({ group, kind }, account.name, [
        notSupported('spec.boundObjectRef.kind', ref.kind ?? '', ['Pod', 'Secret', 'Node']),
      ]);
  }
}

async function present<T extends KubeObject>(
  lookup: Lookup,
  type: ResourceType<T>,
  ref: ObjectRef,
  { uid }: BoundObjectReference,
): Promise<T> {
  const object = await lookup(type, ref);
  if (!object) throw notFound(type, ref.name);
  if (uid && uid !== object.metadata.uid) {
    throw conflict(
      type,
      ref.name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return object;
}

const boundTo = ({ metadata: { name, uid } }: KubeObject): Bound => ({ name, uid });

function answerOf(
  { metadata }: Partial<AuthenticationV1TokenRequest>,
  spec: CompleteSpec,
  account: KubeObject,
  status: object,
) {
  const { name, namespace, creationTimestamp } = account.metadata;
  return {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: { ...metadata, name, ...(namespace && { namespace }), creationTimestamp },
    spec,
    status,
  };
}
