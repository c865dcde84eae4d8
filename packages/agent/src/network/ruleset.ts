import type { HostPort } from './host-ports.ts';
import type { ServicePort } from './service-ports.ts';

export interface RulesetInput {
  readonly servicePorts: readonly ServicePort[];
  readonly hostPorts: readonly HostPort[];
  /** Addresses of all pods: what comes from there is answered as it is. */
  readonly clusterCidr: string;
}

const tableName = 'berth';

/**
 * The whole table as one script that nft applies at once or not at all. Addresses of Services are rewritten to one
 * of the backends, evenly or by the client's address; a Service without backends refuses, so that clients need not
 * wait; what comes from outside the pods' addresses is masqueraded, so that answers find their way back.
 */
export function planRuleset({ servicePorts, hostPorts, clusterCidr }: RulesetInput): string {
  const balanced = servicePorts.filter(({ backends }) => backends.length > 0);
  const empty = servicePorts.filter(({ backends }) => backends.length === 0);
  const own = [...new Set(balanced.flatMap(({ backends }) => backends.map(({ ip }) => ip)))];
  const hairpins = own.sort().map((ip) => `${ip} . ${ip}`);
  return [
    `table ip ${tableName}`,
    `delete table ip ${tableName}`,
    `table ip ${tableName} {`,
    '  chain services {',
    ...balanced.flatMap(serviceRules),
    ...hostPorts.map(hostPortRule),
    '  }',
    '  chain prerouting { type nat hook prerouting priority dstnat; jump services; }',
    '  chain output { type nat hook output priority -100; jump services; }',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat;',
    ...(hairpins.length > 0
      ? [`    ct status dnat ip saddr . ip daddr { ${hairpins.join(', ')} } masquerade`]
      : []),
    `    ct status dnat ip saddr != ${clusterCidr} masquerade`,
    '  }',
    '  chain refuse {',
    ...empty.flatMap(refusals),
    '  }',
    '  chain forward { type filter hook forward priority filter; jump refuse; }',
    '  chain refuse_output { type filter hook output priority filter; jump refuse; }',
    '}',
    '',
  ].join('\n');
}

function serviceRules(service: ServicePort): readonly string[] {
  const { name, protocol, clusterIps, port, nodePort, sticky, backends } = service;
  const targets = backends.map((backend, i) => `${i} : ${backend.ip} . ${backend.port}`);
  const pick = sticky ? 'jhash ip saddr' : 'numgen random';
  const [only] = backends;
  const action =
    backends.length === 1 && only
      ? `dnat to ${only.ip}:${only.port}`
      : `dnat ip to ${pick} mod ${backends.length} map { ${targets.join(', ')} }`;
  const comment = `comment "${name}"`;
  return [
    ...clusterIps.map((ip) => `    ip daddr ${ip} ${protocol} dport ${port} ${action} ${comment}`),
    ...(nodePort
      ? [`    fib daddr type local ${protocol} dport ${nodePort} ${action} ${comment}`]
      : []),
  ];
}

function hostPortRule({ protocol, hostIp, hostPort, podIp, containerPort }: HostPort): string {
  const here = hostIp ? `ip daddr ${hostIp}` : 'fib daddr type local';
  return `    ${here} ${protocol} dport ${hostPort} dnat to ${podIp}:${containerPort}`;
}

const refusals = ({ clusterIps, protocol, port }: ServicePort): readonly string[] =>
  clusterIps.map(
    (ip) =>
      `    ip daddr ${ip} ${protocol} dport ${port} ${
        protocol === 'tcp' ? 'reject with tcp reset' : 'reject'
      }`,
  );
