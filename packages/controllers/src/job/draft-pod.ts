import { jobs } from '@berth/api';
import type { Container, Draft, Job, Pod } from '@berth/api';
import { podFromTemplate } from '../owned-pods.ts';
import {
  failureCountAnnotation,
  ignoredCountAnnotation,
  indexAnnotation,
  limitsPerIndex,
  trackingFinalizer,
} from './job-pods.ts';
import type { NewPod } from './run-pods.ts';

/** A pod of the job; with an index it knows which, by label, annotation, host name and environment. */
export function draftJobPod(job: Job, { index, failures }: NewPod): Draft<Pod> {
  const plain = podFromTemplate(jobs, job, job.spec.template);
  const finalizers = [...(plain.metadata.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return { ...plain, metadata: { ...plain.metadata, finalizers } };
  const { metadata, spec } = plain;
  const place = { [indexAnnotation]: String(index) };
  return {
    ...plain,
    metadata: {
      ...metadata,
      generateName: generateNameOf(job, index),
      finalizers,
      labels: { ...metadata.labels, ...place },
      annotations: {
        ...metadata.annotations,
        ...place,
        ...(limitsPerIndex(job) && {
          [failureCountAnnotation]: String(failures?.counted ?? 0),
          ...(failures?.ignored && { [ignoredCountAnnotation]: String(failures.ignored) }),
        }),
      },
    },
    spec: {
      ...spec,
      hostname: spec.hostname ?? `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(withIndex) }),
    },
  };
}

/** Host names and generated names have room for 63 letters, five of them random. */
const longestPrefix = 58;

function generateNameOf({ metadata }: Job, index: number): string {
  const suffix = `-${index}-`;
  return `${metadata.name.slice(0, longestPrefix - suffix.length)}${suffix}`;
}

const variable = 'JOB_COMPLETION_INDEX';

const withIndex = (container: Container): Container =>
  container.env?.some(({ name }) => name === variable)
    ? container
    : {
        ...container,
        env: [
          ...(container.env ?? []),
          {
            name: variable,
            valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexAnnotation}']` } },
          },
        ],
      };
