import { whyNotRoot } from '../testing/skip.ts';
import { measurePodStart } from './pod-start.ts';
import { measureRequests } from './requests.ts';
import { print } from './rows.ts';
import { measureStartUp } from './start-up.ts';

print(await measureStartUp());
print(await measureRequests());
const why = whyNotRoot();
if (why) console.log(`Pod starts were not measured: ${why}.`);
else print(await measurePodStart());
