import type { LifecycleHandler, Probe, SELinuxOptions } from '@berth/api';
import { containersOf, namesOf, plural, quoted, setters, someContainers, unique } from './visit.ts';
import type { AnyContainer, CheckPod, PodLike, SecurityContext, Violation } from './visit.ts';

/** Containers of a pod whose own security context is one that `isBad`. */
const containersWith = ({ spec }: PodLike, isBad: (context: SecurityContext) => boolean) =>
  namesOf(containersOf(spec).filter(({ securityContext }) => isBad(securityContext ?? {})));

const violation = (reason: string, detail: string): Violation => ({ reason, detail });

const isLocalAppArmor = (profile: string) =>
  profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
const isKnownAppArmor = (type: string) => type === 'RuntimeDefault' || type === 'Localhost';

const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/';

export const appArmorProfile: CheckPod = ({ metadata, spec }) => {
  const pod = spec.securityContext?.appArmorProfile?.type;
  const isBad = (type: string | undefined) => type !== undefined && !isKnownAppArmor(type);
  const types = containersOf(spec).flatMap(({ name, securityContext }) => {
    const type = securityContext?.appArmorProfile?.type;
    return type !== undefined && isBad(type) ? [{ name, type }] : [];
  });
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorAnnotation) && !isLocalAppArmor(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const who = [
    setters(
      isBad(pod),
      types.map(({ name }) => name),
    ),
    ...(annotations.length > 0 ? [plural(annotations, 'annotation')] : []),
  ].filter(Boolean);
  if (who.length === 0) return undefined;
  const values = unique([
    ...(pod !== undefined && isBad(pod) ? [pod] : []),
    ...types.map(({ type }) => type),
  ]);
  const all = [...values, ...unique(annotations)];
  const reason = `forbidden AppArmor ${plural(all, 'profile')}`;
  return violation(
    reason,
    `${who.join(' and ')} must not set AppArmor profile type to ${quoted(all)}`,
  );
};

const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

export const capabilitiesBaseline: CheckPod = (pod) => {
  const added = ({ capabilities }: SecurityContext) =>
    (capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
  const bad = containersWith(pod, (context) => added(context).length > 0);
  if (bad.length === 0) return undefined;
  const names = unique(
    containersOf(pod.spec).flatMap(({ securityContext }) => added(securityContext ?? {})),
  );
  return violation(
    'non-default capabilities',
    `${someContainers(bad)} must not include ${quoted(names)} in securityContext.capabilities.add`,
  );
};

export const hostNamespaces: CheckPod = ({ spec }) => {
  const shared = (['hostIPC', 'hostNetwork', 'hostPID'] as const).filter((name) => spec[name]);
  return shared.length > 0 ? violation('host namespaces', shared.join(', ')) : undefined;
};

export const hostPathVolumes: CheckPod = ({ spec: { volumes = [] } }) => {
  const names = volumes.filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return names.length > 0
    ? violation('hostPath volumes', `${plural(names, 'volume')} ${quoted(names)}`)
    : undefined;
};

export const hostPorts: CheckPod = ({ spec }) => {
  const portsOf = ({ ports = [] }: AnyContainer) =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const bad = containersOf(spec).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = unique(bad.flatMap(portsOf));
  return violation(
    'hostPort',
    `${someContainers(namesOf(bad))} ${plural(bad, 'uses', 'use')} ${plural(ports, 'hostPort')} ${ports.join(', ')}`,
  );
};

export const hostProbes: CheckPod = ({ spec }) => {
  const bad = containersOf(spec).filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = unique(bad.flatMap(hostsOf));
  return violation(
    'probe or lifecycle host',
    `${someContainers(unique(namesOf(bad)))} ${plural(bad, 'uses', 'use')} ${plural(hosts, 'probe or lifecycle host')} ${quoted(hosts)}`,
  );
};

type Handler = Pick<Probe & LifecycleHandler, 'httpGet' | 'tcpSocket'>;

function hostsOf(container: AnyContainer): readonly string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const handlers: readonly (Handler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers.flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap((host) => (host ? [host] : [])),
  );
}

export const privileged: CheckPod = (pod) => {
  const bad = containersWith(pod, (context) => context.privileged === true);
  return bad.length > 0
    ? violation('privileged', `${someContainers(bad)} must not set securityContext.privileged=true`)
    : undefined;
};

/** Root in a user namespace of its own is nobody outside of it. */
export const unlessOwnUsers =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : check(pod);

export const procMount: CheckPod = (pod) => {
  const typesOf = ({ procMount: type }: SecurityContext) =>
    type !== undefined && type !== 'Default' ? [type] : [];
  const bad = containersWith(pod, (context) => typesOf(context).length > 0);
  if (bad.length === 0) return undefined;
  const types = containersOf(pod.spec).flatMap(({ securityContext = {} }) =>
    typesOf(securityContext),
  );
  return violation(
    'procMount',
    `${someContainers(bad)} must not set securityContext.procMount to ${quoted(unique(types))}`,
  );
};

export const isKnownSeccomp = (type: string | undefined): boolean =>
  type === 'RuntimeDefault' || type === 'Localhost';

/** Who says in its security context that its seccomp profile is one that nobody may have. */
export const seccompProfile: CheckPod = (pod) => {
  const typesOf = (context: Pick<SecurityContext, 'seccompProfile'> | undefined) =>
    context?.seccompProfile && !isKnownSeccomp(context.seccompProfile.type)
      ? [context.seccompProfile.type]
      : [];
  const own = typesOf(pod.spec.securityContext);
  const bad = containersWith(pod, (context) => typesOf(context).length > 0);
  if (own.length === 0 && bad.length === 0) return undefined;
  const types = containersOf(pod.spec).flatMap(({ securityContext }) => typesOf(securityContext));
  return violation(
    'seccompProfile',
    `${setters(own.length > 0, bad)} must not set securityContext.seccompProfile.type to ${quoted(unique([...own, ...types]))}`,
  );
};

const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const isKnownSeccompAnnotation = (value: string) =>
  value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');

/** Before 1.19 profiles were annotations. */
export const seccompAnnotations: CheckPod = ({ metadata: { annotations = {} }, spec }) => {
  const keys = [podSeccomp, ...containersOf(spec).map(({ name }) => `${containerSeccomp}${name}`)];
  const bad = keys.flatMap((key) => {
    const value = annotations[key];
    return value !== undefined && !isKnownSeccompAnnotation(value)
      ? [`${key}=${JSON.stringify(value)}`]
      : [];
  });
  return bad.length > 0
    ? violation(
        'seccompProfile',
        `forbidden ${plural(bad, 'annotation')} ${unique(bad).join(', ')}`,
      )
    : undefined;
};

/** Types that containers may have, without and with what came in 1.31. */
const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const laterSeLinuxTypes = [...seLinuxTypes, 'container_engine_t'];

const seLinux =
  (types: readonly string[]): CheckPod =>
  (pod) => {
    const isBad = ({ type = '', user, role }: SELinuxOptions) =>
      !types.includes(type) || Boolean(user) || Boolean(role);
    const own = pod.spec.securityContext?.seLinuxOptions;
    const inPod = own !== undefined && isBad(own);
    const bad = containersWith(pod, ({ seLinuxOptions }) => isBad(seLinuxOptions ?? {}));
    if (!inPod && bad.length === 0) return undefined;
    const all = [
      ...(own ? [own] : []),
      ...containersOf(pod.spec).flatMap(
        ({ securityContext }) => securityContext?.seLinuxOptions ?? [],
      ),
    ];
    const badTypes = unique(
      all.map(({ type = '' }) => type).filter((type) => !types.includes(type)),
    );
    const what = [
      ...(badTypes.length > 0 ? [`${plural(badTypes, 'type')} ${quoted(badTypes)}`] : []),
      ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    return violation(
      'seLinuxOptions',
      `${setters(inPod, bad)} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
    );
  };

export const seLinuxOptions = seLinux(seLinuxTypes);
export const laterSeLinuxOptions = seLinux(laterSeLinuxTypes);

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const safeSince127 = [...safeSysctls, 'net.ipv4.ip_local_reserved_ports'];
const safeSince129 = [
  ...safeSince127,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const safeSince132 = [...safeSince129, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

const onlySysctls =
  (safe: readonly string[]): CheckPod =>
  ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
    const bad = names.filter((name) => !safe.includes(name));
    return bad.length > 0 ? violation('forbidden sysctls', bad.join(', ')) : undefined;
  };

export const sysctls = onlySysctls(safeSysctls);
export const sysctlsSince127 = onlySysctls(safeSince127);
export const sysctlsSince129 = onlySysctls(safeSince129);
export const sysctlsSince132 = onlySysctls(safeSince132);

export const windowsHostProcess: CheckPod = (pod) => {
  const isBad = ({ windowsOptions }: Pick<SecurityContext, 'windowsOptions'>) =>
    windowsOptions?.hostProcess === true;
  const inPod = isBad(pod.spec.securityContext ?? {});
  const bad = containersWith(pod, isBad);
  return inPod || bad.length > 0
    ? violation(
        'hostProcess',
        `${setters(inPod, bad)} must not set securityContext.windowsOptions.hostProcess=true`,
      )
    : undefined;
};
