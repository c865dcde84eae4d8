import { dnsLabel } from '@berth/api';
import type { JobSpec } from '@berth/api';
import { podWarnings } from '../core/pod-spec/pod-spec-warnings.ts';

/** The name becomes part of those of pods and hosts. */
export const jobNameWarnings = (name: string): readonly string[] => {
  const problems = dnsLabel(name);
  return problems.length
    ? [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
      ]
    : [];
};

const manyCompletions = 100_000;
const manyParallel = 10_000;

export const jobSpecWarnings = (path: string, spec: JobSpec): readonly string[] => {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  return [
    ...(completionMode === 'Indexed' && completions > manyCompletions && parallelism > manyParallel
      ? [
          `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
        ]
      : []),
    ...podWarnings(
      `${path}.template`,
      template.metadata ?? {},
      template.spec ?? { containers: [] },
    ),
  ];
};
