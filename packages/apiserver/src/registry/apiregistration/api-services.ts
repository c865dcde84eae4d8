import {
  apiServices as apiServicesType,
  dns1035Label,
  dnsSubdomain,
  findCondition,
  formatTime,
  invalidEach,
  invalidValue,
  notSupported,
  pathSegment,
  required,
  setCondition,
} from '@berth/api';
import type { APIService, APIServiceCondition, FieldError } from '@berth/api';
import { ageColumn, nameColumn } from '../core/columns.ts';
import type { Given } from '../core/given.ts';
import type { Strategy } from '../strategy.ts';

export const apiServices: Strategy<APIService> = {
  type: apiServicesType,
  nameKind: 'path-segment',
  defaults: (object) => {
    const { service } = specOf(object);
    return service && service.port === undefined
      ? { ...object, spec: { ...object.spec, service: { ...service, port: 443 } } }
      : object;
  },
  prepareForCreate: (service, { now }) => ({ ...service, status: firstStatus(service, now) }),
  prepareForUpdate: (service, { status }) => ({ ...service, ...(status && { status }) }),
  validate,
  validateUpdate: validate,
  // It never had a generation upstream.
  generationOf: () => undefined,
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn,
    {
      name: 'Service',
      type: 'string',
      description: 'The service that answers for the version, or Local.',
      cell: (object) => {
        const { service } = specOf(object);
        return service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local';
      },
    },
    {
      name: 'Available',
      type: 'string',
      description: 'Whether requests for the version can be answered.',
      cell: availability,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
};

/** What may be missing in what a client wrote. */
const specOf = ({ spec }: Given<APIService>): Given<APIService['spec']> => spec ?? {};

/** What this server answers itself is available from the beginning. */
const firstStatus = (
  object: APIService,
  now: number,
): { readonly conditions?: readonly APIServiceCondition[] } =>
  specOf(object).service
    ? {}
    : { conditions: setCondition<APIServiceCondition>([], local, formatTime(now)) };

const local: APIServiceCondition = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

function availability({ status }: APIService): string {
  const condition = findCondition(status?.conditions, 'Available');
  if (!condition) return 'Unknown';
  const { status: value, reason = '' } = condition;
  return value === 'True' ? value : `${value} (${reason})`;
}

function validate(object: APIService): readonly FieldError[] {
  const { metadata } = object;
  const spec = specOf(object);
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec;
  const due = `${version}.${group}`;
  return [
    ...(metadata.name !== due && pathSegment(metadata.name).length === 0
      ? [
          invalidValue(
            'metadata.name',
            metadata.name,
            `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(due)}`,
          ),
        ]
      : []),
    ...(group === '' && version !== 'v1'
      ? [required('spec.group', 'only v1 may have an empty group and it better be legacy kube')]
      : []),
    ...(group === '' ? [] : invalidEach('spec.group', group, dnsSubdomain(group))),
    ...invalidEach('spec.version', version, dns1035Label(version)),
    ...checkPriority('groupPriorityMinimum', groupPriorityMinimum, 20_000),
    ...checkPriority('versionPriority', versionPriority, 1000),
    ...checkServer(spec),
  ];
}

const checkPriority = (name: string, value: number, most: number): readonly FieldError[] =>
  value > 0 && value <= most
    ? []
    : [invalidValue(`spec.${name}`, value, `must be positive and less than ${most}`)];

function checkServer(spec: Given<APIService['spec']>): readonly FieldError[] {
  const { service, caBundle = '', insecureSkipTLSVerify = false } = spec;
  if (!service) {
    const bytes = Buffer.from(caBundle, 'base64').length;
    return [
      ...(bytes > 0
        ? [
            invalidValue(
              'spec.caBundle',
              `${bytes} bytes`,
              'local APIServices may not have a caBundle',
            ),
          ]
        : []),
      ...(insecureSkipTLSVerify
        ? [
            invalidValue(
              'spec.insecureSkipTLSVerify',
              true,
              'local APIServices may not have insecureSkipTLSVerify',
            ),
          ]
        : []),
    ];
  }
  return [
    ...(service.namespace ? [] : [required('spec.service.namespace')]),
    ...(service.name ? [] : [required('spec.service.name')]),
    ...(insecureSkipTLSVerify && caBundle !== ''
      ? [invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : []),
  ];
}

function validateStatus({ status }: APIService): readonly FieldError[] {
  const values = ['True', 'False', 'Unknown'];
  return (status?.conditions ?? []).flatMap((condition, i) =>
    values.includes(condition.status)
      ? []
      : [notSupported(`status.conditions[${i}].status`, condition.status, values)],
  );
}
