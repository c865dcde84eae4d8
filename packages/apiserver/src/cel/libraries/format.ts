import { Optional } from '@marcbachmann/cel-js';
import type { Environment } from '@marcbachmann/cel-js';
import {
  asPrefix,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelValueRule,
  qualifiedName,
} from '@berth/api';
import { opaqueType } from '../opaque.ts';
import type { Boxed } from '../opaque.ts';
import { registerNamespace } from './namespace.ts';

interface Format {
  readonly name: string;
  readonly problems: (text: string) => readonly string[];
}

const type = opaqueType<Format>('kubernetes.NamedFormat');

const shaped = (name: string, shape: RegExp, problem: string): Format => ({
  name,
  problems: (text) => (shape.test(text) ? [] : [problem]),
});

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const date = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const dateTime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

const isUri = (text: string) => /^(?:[A-Za-z][A-Za-z0-9+.-]*:\S*|\/\S*)$/.test(text);

const formats: readonly Format[] = [
  { name: 'dns1123Label', problems: dnsLabel },
  { name: 'dns1123Subdomain', problems: dnsSubdomain },
  { name: 'dns1035Label', problems: dns1035Label },
  { name: 'dns1123LabelPrefix', problems: asPrefix(dnsLabel) },
  { name: 'dns1123SubdomainPrefix', problems: asPrefix(dnsSubdomain) },
  { name: 'dns1035LabelPrefix', problems: asPrefix(dns1035Label) },
  { name: 'qualifiedName', problems: qualifiedName },
  { name: 'labelValue', problems: labelValueRule },
  { name: 'uri', problems: (text) => (isUri(text) ? [] : ['invalid URI']) },
  shaped('uuid', uuid, 'does not match the UUID format'),
  shaped('byte', base64, 'invalid base64'),
  shaped('date', date, 'invalid date'),
  shaped('datetime', dateTime, 'invalid datetime'),
];

const found = (name: string): Optional =>
  Optional.of(formats.filter((one) => one.name === name).map(type.wrap)[0]);

/** `format.dns1123Label().validate('a')`: nothing when the text is as it should be. */
export function formatLibrary(environment: Environment): void {
  const { name } = type;
  const namespace = registerNamespace(environment, 'format');
  environment
    .registerType(name, { ctor: type.constructor })
    .registerOperator(
      `${name} == ${name}`,
      (a: Boxed<Format>, b: Boxed<Format>) => a.value.name === b.value.name,
    )
    .registerFunction(`${namespace}.named(string): optional<${name}>`, (_: unknown, of: string) =>
      found(of),
    )
    .registerFunction(
      `${name}.validate(string): optional<list<string>>`,
      ({ value }: Boxed<Format>, text: string) => {
        const problems = value.problems(text);
        return problems.length > 0 ? Optional.of([...problems]) : Optional.none();
      },
    );
  for (const one of formats)
    environment.registerFunction(`${namespace}.${one.name}(): ${name}`, () => type.wrap(one));
}
