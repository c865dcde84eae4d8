import { readdir } from 'node:fs/promises';
import { run, succeeds } from './run.ts';
import { bridgeCommands, nodeCommands } from './network-plan.ts';
import type { HostNetwork, NodeLink } from './network-plan.ts';

/** Makes what is missing of the network; what is there already is left as it is. */
export async function ensureHostNetwork(network: HostNetwork): Promise<void> {
  if (!(await succeeds('ip', 'link', 'show', network.bridge))) {
    await runAll(bridgeCommands(network));
  }
  for (const node of network.nodes) {
    if (await isPlugged(network, node)) continue;
    await unplug(node);
    await runAll(nodeCommands(network, node));
  }
}

/** Removes the namespaces, the cables and the bridge, and with them every route through them. */
export async function removeHostNetwork(network: HostNetwork): Promise<void> {
  for (const node of network.nodes) await unplug(node);
  if (await succeeds('ip', 'link', 'show', network.bridge)) {
    await run('ip', 'link', 'del', network.bridge);
  }
  await unmountNamespaces();
}

const namespaces = '/run/netns';

/** Where `ip` keeps the names of namespaces: it mounts that place for the first of them, and leaves it to us after the last. */
async function unmountNamespaces(): Promise<void> {
  const left = await readdir(namespaces).catch(() => []);
  if (left.length === 0) await succeeds('umount', namespaces);
}

/** A namespace without its cable is the rest of an interrupted start. */
const isPlugged = async ({ bridge }: HostNetwork, { netns, veth }: NodeLink): Promise<boolean> =>
  (await succeeds('ip', 'link', 'show', veth, 'master', bridge)) &&
  (await succeeds('ip', '-n', netns, 'route', 'get', '1.1.1.1'));

async function unplug({ netns, veth }: NodeLink): Promise<void> {
  if (await succeeds('ip', 'link', 'show', veth)) await run('ip', 'link', 'del', veth);
  const listed = await run('ip', 'netns', 'list');
  const exists = listed.split('\n').some((line) => line.split(' ')[0] === netns);
  if (exists) await run('ip', 'netns', 'del', netns);
}

export async function runAll(commands: readonly (readonly [string, ...string[]])[]): Promise<void> {
  for (const [command, ...args] of commands) await run(command, ...args);
}
