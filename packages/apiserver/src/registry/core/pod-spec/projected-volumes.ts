import type {
  DownwardAPIVolumeFile,
  FieldError,
  KeyToPath,
  ProjectedVolumeSource,
  VolumeProjection,
} from '@berth/api';
import { forbiddenField, invalidValue, required } from '@berth/api';
import { checkLabelSelector, checkRelativePath } from '../field-checks.ts';
import type { Given } from '../given.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';

export const checkFileMode = (path: string, mode: number | undefined): readonly FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalidValue(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];

/** Which keys become which files. */
export const validateKeyPaths = (
  path: string,
  items: readonly Given<KeyToPath>[],
): readonly FieldError[] =>
  items.flatMap(({ key, path: file = '', mode }, i) => [
    ...(key ? [] : [required(`${path}[${i}].key`)]),
    ...(file ? [] : [required(`${path}[${i}].path`)]),
    ...checkUnreservedPath(`${path}[${i}].path`, file),
    ...checkFileMode(`${path}[${i}].mode`, mode),
  ]);

/** Names that begin with two dots belong to the writer of the volume. */
const checkUnreservedPath = (path: string, file: string): readonly FieldError[] => [
  ...checkRelativePath(path, file),
  ...(file.startsWith('..') && !file.startsWith('../')
    ? [invalidValue(path, file, "must not start with '..'")]
    : []),
];

/** Fields of a pod that files may carry. */
const fileFieldPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
] as const;

type DownwardFile = Given<DownwardAPIVolumeFile>;

/** Upstream reports all files of a volume at the path of the volume. */
export const validateDownwardFiles = (
  path: string,
  files: readonly DownwardFile[],
): readonly FieldError[] =>
  files.flatMap((file) => [
    ...(file.path ? [] : [required(`${path}.path`)]),
    ...checkUnreservedPath(`${path}.path`, file.path ?? ''),
    ...validateFileSource(path, file),
    ...checkFileMode(`${path}.mode`, file.mode),
  ]);

function validateFileSource(path: string, file: DownwardFile): readonly FieldError[] {
  const { fieldRef, resourceFieldRef } = file;
  if (fieldRef) {
    return [
      ...validateFieldRef(`${path}.fieldRef`, fieldRef, fileFieldPaths),
      ...(resourceFieldRef
        ? [
            invalidValue(
              path,
              'resource',
              'fieldRef and resourceFieldRef can not be specified simultaneously',
            ),
          ]
        : []),
    ];
  }
  return resourceFieldRef
    ? validateResourceFieldRef(`${path}.resourceFieldRef`, resourceFieldRef, true)
    : [required(path, 'one of fieldRef and resourceFieldRef is required')];
}

/** Several sources in one directory: no two may write the same file. */
export function validateProjected(
  path: string,
  { defaultMode, sources = [] }: Given<ProjectedVolumeSource>,
): readonly FieldError[] {
  const taken = new Set<string>();
  return [
    ...checkFileMode(`${path}.defaultMode`, defaultMode),
    ...sources.flatMap((source, i) => [
      ...validateProjection(path, `${path}.sources[${i}]`, source),
      ...filesOf(source).flatMap(([file, shown]) => {
        if (taken.has(file)) return [invalidValue(path, shown, 'conflicting duplicate paths')];
        taken.add(file);
        return [];
      }),
      ...(Object.keys(source).length > 1
        ? [
            forbiddenField(
              `${path}.sources[${i}]`,
              'may not specify more than 1 volume type per source',
            ),
          ]
        : []),
    ]),
  ];
}

/** The files a source names, each with what upstream shows when it is taken already. */
function filesOf(source: Given<VolumeProjection>): readonly (readonly [string, string])[] {
  const { secret, configMap, downwardAPI, clusterTrustBundle } = source;
  const named = (items: readonly Given<KeyToPath>[] = [], name = '') =>
    items.flatMap(({ path }) => (path ? [[path, name] as const] : []));
  return [
    ...named(secret?.items, secret?.name),
    ...named(configMap?.items, configMap?.name),
    ...(downwardAPI?.items ?? []).flatMap(({ path }) => (path ? [[path, path] as const] : [])),
    ...(clusterTrustBundle?.path
      ? [[clusterTrustBundle.path, clusterTrustBundle.path] as const]
      : []),
  ];
}

function validateProjection(
  path: string,
  at: string,
  source: Given<VolumeProjection>,
): readonly FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  return [
    ...(secret ? validateKeys(`${at}.secret`, secret) : []),
    ...(configMap ? validateKeys(`${at}.configMap`, configMap) : []),
    ...(downwardAPI ? validateDownwardFiles(`${at}.downwardAPI`, downwardAPI.items ?? []) : []),
    ...(serviceAccountToken
      ? validateToken(path, `${at}.serviceAccountToken`, serviceAccountToken)
      : []),
    ...(clusterTrustBundle
      ? validateTrustBundle(`${at}.clusterTrustBundle`, clusterTrustBundle)
      : []),
  ];
}

const validateKeys = (
  path: string,
  { name, items = [] }: { readonly name?: string; readonly items?: readonly Given<KeyToPath>[] },
): readonly FieldError[] => [
  ...(name ? [] : [required(`${path}.name`)]),
  ...validateKeyPaths(`${path}.items`, items),
];

const leastTokenSeconds = 600;
const mostTokenSeconds = 2 ** 32;

function validateToken(
  path: string,
  at: string,
  token: NonNullable<Given<VolumeProjection>['serviceAccountToken']>,
): readonly FieldError[] {
  const { expirationSeconds = 0, path: file } = token;
  const lifetime = `${at}.expirationSeconds`;
  return [
    ...(expirationSeconds < leastTokenSeconds
      ? [
          invalidValue(
            lifetime,
            expirationSeconds,
            'may not specify a duration less than 10 minutes',
          ),
        ]
      : []),
    ...(expirationSeconds > mostTokenSeconds
      ? [
          invalidValue(
            lifetime,
            expirationSeconds,
            'may not specify a duration larger than 2^32 seconds',
          ),
        ]
      : []),
    ...(file ? checkUnreservedPath(`${path}.path`, file) : [required(`${path}.path`)]),
  ];
}

function validateTrustBundle(
  path: string,
  bundle: NonNullable<Given<VolumeProjection>['clusterTrustBundle']>,
): readonly FieldError[] {
  const { name, signerName, labelSelector, path: file = '' } = bundle;
  return [
    ...(name !== undefined && signerName !== undefined
      ? [invalidValue(path, bundle, 'only one of name and signerName may be used')]
      : []),
    ...(name === undefined && signerName === undefined
      ? [required(path, 'either name or signerName must be specified')]
      : []),
    ...(name !== undefined && labelSelector
      ? [
          invalidValue(
            `${path}.labelSelector`,
            labelSelector,
            'labelSelector must be unset if name is specified',
          ),
        ]
      : []),
    ...(name === undefined && labelSelector
      ? checkLabelSelector(`${path}.labelSelector`, labelSelector)
      : []),
    ...(file ? [] : [required(`${path}.path`)]),
    ...checkUnreservedPath(`${path}.path`, file),
  ];
}
