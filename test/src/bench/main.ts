import { parseArgs } from 'node:util';
import { etcdUnavailable } from '@berth/storage/testing';
import { whyNotRoot } from '../testing/skip.ts';
import { measureChurn } from './churn.ts';
import { measureEndToEnd } from './end-to-end.ts';
import { countAll, sendHostile } from './hostile.ts';
import { measurePodStart } from './pod-start.ts';
import { compareWithOracle } from './oracle.ts';
import { measurePodWrites } from './pod-writes.ts';
import { measurePreemption } from './preemption.ts';
import { measureQueue } from './queue.ts';
import { measureRequests } from './requests.ts';
import { print } from './rows.ts';
import { measureDecisions } from './scheduler.ts';
import { measureStartUp } from './start-up.ts';

/**
 * `npm run bench` measures everything; `npm run bench -- requests --node-flag=--cpu-prof` only what is named.
 * Requests are measured on the store that `--store` names: embedded, memory or etcd.
 * `hostile`, `counting`, `churn` and `oracle` take long and are only done when they are named.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    'node-flag': { type: 'string', multiple: true, default: [] },
    decisions: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '60' },
    requests: { type: 'string', default: '200000' },
    store: { type: 'string', default: 'embedded' },
    seed: { type: 'string', default: '1' },
  },
});
const isAsked = (name: string) => positionals.length === 0 || positionals.includes(name);

if (isAsked('start-up')) print(await measureStartUp());
const store = storeOf(values.store);
if (isAsked('requests')) print(await measureRequests({ store, nodeFlags: values['node-flag'] }));
if (isAsked('pod-writes')) print(await measurePodWrites({ store, nodeFlags: values['node-flag'] }));
if (isAsked('scheduler'))
  print([...measureDecisions(), ...measurePreemption(), ...(await measureQueue())]);
if (isAsked('end-to-end')) {
  const why = etcdUnavailable();
  if (why) console.log(`The way of pods to their nodes was not measured: ${why}.`);
  else print(await measureEndToEnd());
}
if (isAsked('pod-start')) {
  const why = whyNotRoot();
  if (why) console.log(`Pod starts were not measured: ${why}.`);
  else print(await measurePodStart());
}
if (positionals.includes('hostile'))
  print(await sendHostile(Number(values.requests), Number(values.seed)));
if (positionals.includes('counting')) print(await countAll());
if (positionals.includes('oracle'))
  print(compareWithOracle(Number(values.decisions), Number(values.seed)));
if (positionals.includes('churn')) print(await measureChurn(Number(values.minutes)));

function storeOf(name: string): 'embedded' | 'memory' | 'etcd' {
  if (name === 'embedded' || name === 'memory' || name === 'etcd') return name;
  throw new Error(`there is no store ${name}`);
}
