import { atKey, invalidValue } from '@berth/api';
import type { FieldError, Labels } from '@berth/api';

export type Level = 'privileged' | 'baseline' | 'restricted';

/** A level as it was in one minor version of Kubernetes; `latest` is Infinity. */
export interface LevelVersion {
  readonly level: Level;
  readonly minor: number;
}

/** What a namespace refuses, and what it only tells. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const strictness: readonly string[] = ['privileged', 'baseline', 'restricted'];

export const isStricter = (a: Level, b: Level): boolean =>
  strictness.indexOf(a) > strictness.indexOf(b);

export const isSame = (a: LevelVersion, b: LevelVersion): boolean =>
  a.level === b.level && a.minor === b.minor;

/** `restricted:latest`, `baseline:v1.24`. */
export const formatLevel = ({ level, minor }: LevelVersion): string =>
  `${level}:${minor === Infinity ? 'latest' : `v1.${minor}`}`;

const prefix = 'pod-security.kubernetes.io/';

/**
 * The policy that a namespace's labels ask for, and what is wrong with them. A level that is none is the strictest
 * where it is enforced and none at all where it only tells.
 */
export function parsePolicy(labels: Labels): {
  readonly policy: Policy;
  readonly problems: readonly FieldError[];
} {
  const problems: FieldError[] = [];
  const refuse = (label: string, value: string, detail: string) =>
    void problems.push(invalidValue(atKey('metadata.labels', `${prefix}${label}`), value, detail));
  const levelOf = (mode: string, wrong: Level): Level => {
    const value = labelOf(labels, mode);
    if (value === undefined) return 'privileged';
    if (isLevel(value)) return value;
    refuse(mode, value, 'must be one of privileged, baseline, restricted');
    return wrong;
  };
  const minorOf = (mode: string): number => {
    const value = labelOf(labels, `${mode}-version`);
    if (value === undefined || value === 'latest') return Infinity;
    const minor = /^v1\.(0|[1-9]\d{0,8})$/.exec(value)?.[1];
    if (minor !== undefined) return Number(minor);
    refuse(`${mode}-version`, value, 'must be "latest" or "v1.x"');
    return Infinity;
  };
  const enforce = { level: levelOf('enforce', 'restricted'), minor: minorOf('enforce') };
  const audit = { level: levelOf('audit', 'privileged'), minor: minorOf('audit') };
  const own = { level: levelOf('warn', 'privileged'), minor: minorOf('warn') };
  return { policy: { enforce, audit, warn: warnOf(labels, enforce, own) }, problems };
}

/** Who writes a Deployment is told what will become of its pods, unless the namespace says otherwise. */
function warnOf(labels: Labels, enforce: LevelVersion, own: LevelVersion): LevelVersion {
  const enforced = labelOf(labels, 'enforce');
  if (labelOf(labels, 'warn') !== undefined || !enforced || !isLevel(enforced)) return own;
  if (!isStricter(enforce.level, own.level)) return own;
  const hasVersion = labelOf(labels, 'warn-version') !== undefined;
  return { level: enforce.level, minor: hasVersion ? own.minor : enforce.minor };
}

const labelOf = (labels: Labels, name: string): string | undefined =>
  Object.hasOwn(labels, `${prefix}${name}`) ? labels[`${prefix}${name}`] : undefined;

const isLevel = (value: string): value is Level => strictness.includes(value);
