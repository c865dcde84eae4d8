import type { Container, ContainerPort, FieldError } from '@berth/api';
import { duplicate, required } from '@berth/api';
import { checkNeeded, checkPortName, checkPortNumber } from '../field-checks.ts';
import type { Given } from '../given.ts';

/** In the order in which upstream names them. */
export const protocols = ['SCTP', 'TCP', 'UDP'] as const;

export function validateContainerPorts(
  path: string,
  ports: readonly Given<ContainerPort>[],
): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    return [
      ...(port.name ? validateName(`${at}.name`, port.name, names) : []),
      ...(port.containerPort
        ? checkPortNumber(`${at}.containerPort`, port.containerPort)
        : [required(`${at}.containerPort`)]),
      ...(port.hostPort ? checkPortNumber(`${at}.hostPort`, port.hostPort) : []),
      ...checkNeeded(`${at}.protocol`, port.protocol, protocols),
    ];
  });
}

function validateName(path: string, name: string, names: Set<string>): readonly FieldError[] {
  const errors = checkPortName(path, name);
  if (errors.length > 0) return errors;
  if (names.has(name)) return [duplicate(path, name)];
  names.add(name);
  return [];
}

/** No two containers may ask for the same port of the node. */
export function validateHostPorts(
  path: string,
  containers: readonly Given<Container>[],
): readonly FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ protocol = '', hostIP = '', hostPort }, j) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) return [duplicate(`${path}[${i}].ports[${j}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}
