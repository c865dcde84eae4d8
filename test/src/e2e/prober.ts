import type { Cluster } from '../testing/cluster.ts';
import { startCommand } from '../testing/command.ts';
import { netnsOf } from '../testing/machine.ts';

/** Asks a URL again and again from inside one node's network. */
export interface Prober {
  /** Rounds that got an answer. */
  answers(): number;
  /** Host names of pods that answered. */
  seen(): ReadonlySet<string>;
  /** Rounds in which even the third attempt got none, with why. */
  readonly failures: () => readonly string[];
  stop(): Promise<void>;
}

/**
 * Runs inside the node's network namespace. A connection may meet a pod in the moment it goes away, on any cluster;
 * a client that tries again has to get through.
 */
const program = `
import { get } from 'node:http';
const [url, pauseMs] = process.argv.slice(1);
// Each time a connection of its own: a Service chooses once for each.
const once = () => new Promise((resolve, reject) => {
  const asked = get(url, { agent: false, timeout: 5000 }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('error', reject);
    response.on('end', () => resolve(text));
  });
  asked.on('timeout', () => asked.destroy(new Error('no answer'))).on('error', reject);
});
for (;;) {
  let line;
  for (let attempt = 1; attempt <= 3 && !line?.startsWith('ok'); attempt += 1) {
    line = await once().then((text) => 'ok ' + JSON.parse(text).hostname).catch((err) => 'failed ' + err.message);
    if (!line.startsWith('ok')) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log(line);
  await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
}
`;

export function startProber(
  { dataDir }: Cluster,
  node: string,
  url: string,
  { pauseMs = 100, limitMs = 300_000 } = {},
): Prober {
  const command = startCommand(
    'ip',
    [
      ...['netns', 'exec', netnsOf(dataDir, node)],
      ...[process.execPath, '--input-type=module', '-e', program, url, String(pauseMs)],
    ],
    { limitMs },
  );
  const lines = () => command.stdout().split('\n').slice(0, -1);
  return {
    answers: () => lines().filter((line) => line.startsWith('ok ')).length,
    seen: () => new Set(lines().flatMap((line) => (line.startsWith('ok ') ? [line.slice(3)] : []))),
    failures: () => lines().filter((line) => line.startsWith('failed ')),
    async stop() {
      await command.stop();
    },
  };
}
