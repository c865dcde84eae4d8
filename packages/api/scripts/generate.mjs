// Writes src/gen/types.ts and gen/schemas.json from the model files of the Kubernetes client package,
// whose text and shapes come from the Kubernetes 1.36 OpenAPI document. Neither output is committed.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const room = join(here, '..');
const source = join(
  dirname(createRequire(import.meta.url).resolve('kubernetes-models-source/package.json')),
  'dist/gen/models',
);
const typesFile = join(room, 'src/gen/types.ts');
const schemasFile = join(room, 'gen/schemas.json');

/** Names that do not follow from "drop the version": one version per kind gets the short name. */
const renamed = {
  CoreV1Event: 'Event',
  CoreV1EventSeries: 'EventSeries',
  CoreV1EndpointPort: 'EndpointPort',
  V1MicroTime: 'MicroTime',
};
/** Kinds that are served although they are alpha, and what they are made of: the groups that pods are scheduled in. */
const alphas = new Set(
  (
    'GangSchedulingPolicy PodGroup PodGroupList PodGroupResourceClaim PodGroupResourceClaimStatus ' +
    'PodGroupSchedulingConstraints PodGroupSchedulingPolicy PodGroupSpec PodGroupStatus PodGroupTemplate ' +
    'PodGroupTemplateReference TopologyConstraint TypedLocalObjectReference Workload WorkloadList ' +
    'WorkloadPodGroupTemplateReference WorkloadSpec'
  )
    .split(' ')
    .map((name) => `V1alpha2${name}`),
);
const stable =
  /^(V[12](?![a-z])|CoreV1|EventsV1|DiscoveryV1|AuthenticationV1|StorageV1|RbacV1|FlowcontrolV1|ApiextensionsV1|ApiregistrationV1|AdmissionregistrationV1|ResourceV1|VersionInfo)/;

if (isUpToDate()) process.exit(0);

const models = readdirSync(source)
  .filter((file) => file.endsWith('.d.ts'))
  .map((file) => file.slice(0, -'.d.ts'.length))
  .filter((name) => alphas.has(name) || (stable.test(name) && !/V\d+(alpha|beta)\d*/.test(name)))
  .filter((name) => name !== 'V1MicroTime' && name !== 'IntOrString');
const known = new Set(models);
const short = new Map(models.map((name) => [name, shortName(name)]));

const schemas = Object.fromEntries(models.map((name) => [short.get(name), readModel(name)]));
mkdirSync(dirname(typesFile), { recursive: true });
mkdirSync(dirname(schemasFile), { recursive: true });
writeFileSync(typesFile, printTypes(schemas));
writeFileSync(schemasFile, JSON.stringify(schemas));

function isUpToDate() {
  try {
    const made = Math.min(statSync(typesFile).mtimeMs, statSync(schemasFile).mtimeMs);
    return (
      made > statSync(fileURLToPath(import.meta.url)).mtimeMs && made > statSync(source).mtimeMs
    );
  } catch {
    return false;
  }
}

/** `V1Pod` is `Pod`; a second type of one name keeps its version (`V1HorizontalPodAutoscaler`). */
function shortName(name) {
  if (renamed[name]) return renamed[name];
  if (alphas.has(name)) {
    const bare = name.slice('V1alpha2'.length);
    return known.has(`V1${bare}`) ? name : bare;
  }
  if (name.startsWith('V2')) return name.slice(2);
  if (!name.startsWith('V1')) return name;
  const bare = name.slice(2);
  return known.has(`V2${bare}`) || known.has(`Core${name}`) ? name : bare;
}

function readModel(name) {
  const declaration = readFileSync(join(source, `${name}.d.ts`), 'utf8');
  const code = readFileSync(join(source, `${name}.js`), 'utf8');
  const attributes = JSON.parse(
    /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(code)?.[1] ??
      /attributeTypeMap = (\[\]);/.exec(code)[1],
  );
  const body = declaration.slice(declaration.indexOf('export declare class'));
  const head = declaration.slice(0, declaration.indexOf('export declare class'));
  const properties = {};
  const required = [];
  for (const { name: property, baseName, type, format } of attributes) {
    const found = new RegExp(
      `(?:/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*)?'${property.replace(/[$]/g, '\\$')}'(\\??):`,
    ).exec(body);
    if (found && found[2] !== '?') required.push(baseName);
    const description = found?.[1] === undefined ? undefined : cleanText(found[1]);
    properties[baseName] = { ...(description && { description }), ...schemaOf(type, format) };
  }
  const description = cleanText(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(head)?.[1] ?? '');
  return { ...(description && { description }), properties, ...(required.length && { required }) };
}

function cleanText(comment) {
  return comment
    .replace(/^\s*\*\s?/gm, '')
    .replace(/\\(["'`])/g, '$1')
    .trim();
}

function schemaOf(type, format) {
  const array = /^Array<(.*)>$/.exec(type) ?? /^Set<(.*)>$/.exec(type);
  if (array) return { type: 'array', items: schemaOf(array[1], format) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return { type: 'object', additionalProperties: schemaOf(map[1], format) };
  if (type === 'Date') return { type: 'string', format: 'date-time' };
  if (type === 'V1MicroTime') return { type: 'string', format: 'date-time', micro: true };
  if (type === 'IntOrString') return { type: 'int-or-string' };
  if (type === 'any' || type === 'object') return { type: 'object' };
  if (type === 'number') {
    return format.startsWith('int')
      ? { type: 'integer', format }
      : { type: 'number', format: format || 'double' };
  }
  if (type === 'string' || type === 'boolean') return { type, ...(format && { format }) };
  if (!short.has(type)) throw new Error(`no model for ${type}`);
  return { ref: short.get(type) };
}

function printTypes(all) {
  const lines = ['// Generated by scripts/generate.mjs. Do not edit.', ''];
  for (const [name, schema] of Object.entries(all)) {
    const isKind = schema.properties.apiVersion && schema.properties.kind;
    const isList = isKind && schema.properties.items;
    lines.push(`export interface ${name} {`);
    for (const [property, value] of Object.entries(schema.properties)) {
      const needed = isNeeded(name, property, schema, isKind && !isList);
      lines.push(
        `  readonly ${JSON.stringify(property)}${needed ? '' : '?'}: ${typeOf(value, name, property)};`,
      );
    }
    lines.push('}', '');
  }
  lines.push(
    '/** The metadata of a template: what will become an object has no identity yet. */',
    'export type TemplateMeta = Partial<ObjectMeta>;',
    '',
  );
  return lines.join('\n');
}

/** A stored object always has metadata with an identity, and a spec where its kind has one. */
function isNeeded(name, property, schema, isObject) {
  if (name === 'ObjectMeta')
    return ['name', 'uid', 'resourceVersion', 'creationTimestamp'].includes(property);
  if (isObject && property === 'metadata') return schema.properties.metadata.ref === 'ObjectMeta';
  if (isObject && property === 'spec') return true;
  return (schema.required ?? []).includes(property);
}

function typeOf(schema, owner, property) {
  if (owner.endsWith('TemplateSpec') && property === 'metadata') return 'TemplateMeta';
  if (schema.ref) return schema.ref;
  switch (schema.type) {
    case 'array': {
      const inner = typeOf(schema.items, '', '');
      return `readonly ${/[|{ ]/.test(inner) ? `(${inner})` : inner}[]`;
    }
    case 'object':
      return schema.additionalProperties
        ? `Readonly<Record<string, ${typeOf(schema.additionalProperties, '', '')}>>`
        : 'unknown';
    case 'int-or-string':
      return 'number | string';
    case 'integer':
    case 'number':
      return 'number';
    default:
      return schema.type;
  }
}
