import type { OpenApiResource } from './served.ts';

interface Named {
  readonly method: string;
  readonly action: string;
  readonly word: string;
}

/** `readAppsV1NamespacedDeploymentScale`: the names that generated clients turn into methods. */
export function idOf(
  { type, subresource }: OpenApiResource,
  path: string,
  { method, action, word }: Named,
): string {
  const group = camel(shortGroup(type.group)) + capital(type.version);
  const verb =
    action === 'deletecollection' ? 'Collection' : action === 'connect' ? capital(method) : '';
  const scope = path.includes('{namespace}') ? 'Namespaced' : '';
  const everywhere = type.namespaced && !scope ? 'ForAllNamespaces' : '';
  const further = path.endsWith('{path}') ? 'WithPath' : '';
  const part = capital(subresource);
  return `${word}${group}${verb}${scope}${type.kind}${part}${everywhere}${further}`;
}

/** `rbacAuthorization_v1`. */
export const tagOf = ({ group, version }: { readonly group: string; readonly version: string }) => {
  const name = camel(shortGroup(group));
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${version}`;
};

const shortGroup = (group: string) => group.replace(/\.k8s\.io$/, '') || 'core';
const camel = (dotted: string) => dotted.split('.').map(capital).join('');
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
