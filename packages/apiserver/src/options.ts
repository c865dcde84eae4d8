import { choice, integer, list, optionalText, port, text, toggle } from '@berth/component-base';
import type { Flag, OptionsOf } from '@berth/component-base';
import { parseIpRange } from './registry/core/ip-range.ts';

/** The flags of `berth apiserver`. Where upstream has a flag of the same meaning, it has the same name. */
export const apiServerFlags = {
  dataDir: text('/var/lib/berth', 'where keys and the embedded store are kept', 'DIR'),
  store: choice(
    ['embedded', 'etcd', 'memory'],
    'embedded',
    'what keeps the objects: a store in the data directory, etcd, or the memory of the process',
  ),
  etcdServers: list([], 'URLs of the etcd cluster, with --store etcd', 'URL,URL'),
  etcdCafile: optionalText('CA of the etcd servers, PEM', 'FILE'),
  etcdCertfile: optionalText('certificate to show to etcd, PEM', 'FILE'),
  etcdKeyfile: optionalText('key of that certificate, PEM', 'FILE'),
  encryptionProviderConfig: optionalText(
    'how resources are encrypted in the store: an EncryptionConfiguration',
    'FILE',
  ),
  bindAddress: text('0.0.0.0', 'address to listen on', 'IP'),
  securePort: port(6443, 'port to listen on; 0 chooses one'),
  advertiseAddress: optionalText(
    'how pods reach this server (default: the first address that is not a loopback)',
    'IP',
  ),
  tlsSans: list(
    [],
    'more names and addresses for the certificate that the server makes for itself',
    'NAME,IP',
  ),
  serviceClusterIpRange: ipRange('10.96.0.0/12', 'addresses of Services'),
  serviceAccountIssuer: text(
    'https://kubernetes.default.svc.cluster.local',
    'who service account tokens say they come from',
    'URL',
  ),
  apiAudiences: list([], 'audiences of tokens that the server accepts (default: the issuer)'),
  maxRequestsInflight: integer(
    400,
    'requests that run at once, together with the mutating ones; priority levels share them',
    { min: 1 },
  ),
  maxMutatingRequestsInflight: integer(200, 'the second part of that number', { min: 1 }),
  defaultNotReadyTolerationSeconds: integer(
    300,
    'how long pods stay on a node that is not ready, unless they say so themselves',
  ),
  defaultUnreachableTolerationSeconds: integer(
    300,
    'how long pods stay on a node that is unreachable, unless they say so themselves',
  ),
  auditPolicyFile: optionalText('what is recorded of requests: an audit.k8s.io/v1 Policy', 'FILE'),
  auditLogPath: optionalText(
    'where it is recorded, as lines of JSON; - is standard output',
    'FILE',
  ),
  auditLogMaxsize: integer(100, 'megabytes after which the audit log is put aside; 0 is never', {
    min: 0,
  }),
  auditLogMaxbackup: integer(0, 'how many audit logs are kept aside; 0 is all', { min: 0 }),
  auditLogMaxage: integer(0, 'how many days they are kept; 0 is for good', { min: 0 }),
  auditLogCompress: toggle(false, 'compress what is put aside'),
  logLevel: choice(['error', 'info', 'debug'], 'info', 'how much to log'),
} as const;

function ipRange(fallback: string, help: string): Flag<string> {
  return {
    help,
    fallback,
    placeholder: 'CIDR',
    parse(value) {
      parseIpRange(value);
      return value;
    },
  };
}

export type ApiServerFlags = OptionsOf<typeof apiServerFlags>;
