import { register } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { loadPlugin } from './load-plugin.ts';
import type { Answer, Loaded, Message, WorkerStart } from './protocol.ts';
import { servePlugin } from './serve-plugin.ts';

/** The thread of one plugin. It is ended from outside when the plugin takes too long. */
const { module, config, port, progress } = workerData as WorkerStart;
const through = new Int32Array(progress);
const say = (loaded: Loaded) => parentPort?.postMessage(loaded);

if (!('typescript' in process.features)) register('./read-typescript.js', import.meta.url);

try {
  const plugin = await loadPlugin(module, config);
  const serve = servePlugin(plugin);
  const answer = (message: Message): Answer | undefined => {
    try {
      return serve(message);
    } catch (err) {
      return { kind: 'error', message: err instanceof Error ? err.message : String(err) };
    }
  };
  port.on('message', (message: Message) => {
    const said = answer(message);
    if (said) port.postMessage(said);
    Atomics.add(through, 0, 1);
    Atomics.notify(through, 0);
  });
  say({
    kind: 'loaded',
    points: [
      ...(plugin.filter ? (['Filter'] as const) : []),
      ...(plugin.score ? (['Score'] as const) : []),
    ],
    normalizes: plugin.score?.normalize !== undefined,
  });
} catch (err) {
  say({ kind: 'failed', message: err instanceof Error ? err.message : String(err) });
}
