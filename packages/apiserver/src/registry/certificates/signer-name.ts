import { dnsLabel, dnsSubdomain, invalidValue, required, tooLong } from '@berth/api';
import type { FieldError } from '@berth/api';

const longestDomain = 253;
/** A path holds a namespace and a name, parted by a dot. */
const longestName = longestDomain + 1 + 253 + 63 + 1;

/** A signer is named by a domain and a path: `example.com/signer-name`. */
export function checkSignerName(path: string, name: string): readonly FieldError[] {
  if (!name) return [required(path)];
  const [domain = '', rest = '', ...others] = name.split('/');
  if (others.length > 0 || !name.includes('/')) {
    return [
      invalidValue(
        path,
        name,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    ];
  }
  const labels = domain.split('.');
  const problems = (segment: string, rule: typeof dnsLabel) =>
    segment
      .split('.')
      .flatMap((label) =>
        rule(label).map((problem) =>
          invalidValue(path, segment, `validating label ${JSON.stringify(label)}: ${problem}`),
        ),
      );
  return [
    ...(domain.length > longestDomain ? [tooLong(path, longestDomain)] : []),
    ...problems(domain, dnsLabel),
    ...(labels.length < 2
      ? [
          invalidValue(
            path,
            domain,
            'should be a domain with at least two segments separated by dots',
          ),
        ]
      : []),
    ...problems(rest, dnsSubdomain),
    ...(name.length > longestName ? [tooLong(path, longestName)] : []),
  ];
}
