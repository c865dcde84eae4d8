import { parseArgs } from 'node:util';
import { whyNotRoot } from '../testing/skip.ts';
import { measurePodStart } from './pod-start.ts';
import { measureRequests } from './requests.ts';
import { print } from './rows.ts';
import { measureStartUp } from './start-up.ts';

/** `npm run bench -- requests --node-flag=--cpu-prof`: everything, or only what is named. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'node-flag': { type: 'string', multiple: true, default: [] } },
});
const isAsked = (name: string) => positionals.length === 0 || positionals.includes(name);

if (isAsked('start-up')) print(await measureStartUp());
if (isAsked('requests')) print(await measureRequests({ nodeFlags: values['node-flag'] }));
if (isAsked('pod-start')) {
  const why = whyNotRoot();
  if (why) console.log(`Pod starts were not measured: ${why}.`);
  else print(await measurePodStart());
}
