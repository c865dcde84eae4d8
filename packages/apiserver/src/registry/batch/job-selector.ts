import type { Job } from '@berth/api';

type Labels = Readonly<Record<string, string>>;

const nameLabel = 'batch.kubernetes.io/job-name';
const uidLabel = 'batch.kubernetes.io/controller-uid';

/** Labels that say which job a pod is of. */
export const jobLabels = (name: string, uid: string): Labels => ({
  [nameLabel]: name,
  [uidLabel]: uid,
});

/** The same under the names that they had first, which are still told. */
export const oldJobLabels = (name: string, uid: string): Labels => ({
  'job-name': name,
  'controller-uid': uid,
});

/** Whether a job was made when there were only the first names. */
export const hasOldLabels = ({ spec }: Job): boolean => {
  const labels = spec.template.metadata?.labels ?? {};
  return !Object.hasOwn(labels, nameLabel) || !Object.hasOwn(labels, uidLabel);
};

/**
 * Gives the pods of a job labels that no other pods have, and selects by them. What the client has written stays: if
 * it contradicts, the job is refused.
 */
export function withSelector(job: Job): Job {
  const { metadata, spec } = job;
  if (spec.manualSelector) return job;
  const { name, uid } = metadata;
  const { template, selector } = spec;
  const labels = {
    ...oldJobLabels(name, uid),
    ...jobLabels(name, uid),
    ...template.metadata?.labels,
  };
  return {
    ...job,
    metadata: Object.keys(metadata.labels ?? {}).length ? metadata : { ...metadata, labels },
    spec: {
      ...spec,
      selector: { ...selector, matchLabels: { [uidLabel]: uid, ...selector?.matchLabels } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
