import { forbidden, StatusError } from '@berth/api';
import type { Attributes } from './attributes.ts';

/** The refusal that clients know from Kubernetes, word for word. */
export function refusal(attributes: Attributes, reason: string): StatusError {
  const text = [escape(forbiddenMessage(attributes)), reason].filter(Boolean).join(': ');
  const { isResource, group, resource, name } = attributes;
  if (isResource) return forbidden({ group, resource }, name, text);
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `forbidden: ${text}`,
    reason: 'Forbidden',
    details: {},
    code: 403,
  });
}

function forbiddenMessage(attributes: Attributes): string {
  const { user, verb, isResource, group, namespace, path } = attributes;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!isResource) return `${who} path ${JSON.stringify(path)}`;
  const { resource, subresource } = attributes;
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace
    ? `in the namespace ${JSON.stringify(namespace)}`
    : 'at the cluster scope';
  return `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}`;
}

/** The text may end up in a browser. */
const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
