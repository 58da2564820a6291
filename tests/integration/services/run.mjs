// Runs one claim: `node run.mjs FILE NAME`. DUALWRITE_PROGRAM is the program, DUALWRITE_SERVICES where the packages were
// installed. Exit status 0, 1, or 77 where they could not be installed.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { claims } from './harness.mjs';

const [file, name] = process.argv.slice(2);
if (!existsSync(join(process.env.DUALWRITE_SERVICES, 'ready'))) {
  console.log('the servers are not installed here: npm could not be reached');
  process.exit(77);
}
// A proxy is for the way to npm; everything here is on this machine.
for (const variable of Object.keys(process.env)) {
  if (/^(https?|all|no)_proxy$/i.test(variable)) delete process.env[variable];
}
process.env.SANDBOX_SECRET = 'sandbox-secret';
process.env.SIMPLE_PASSWORD = 's3cret';

await import(pathToFileURL(resolve(file)).href);
const body = claims.get(name);
if (body === undefined) {
  console.error(`${file} claims no ${name}`);
  process.exit(1);
}
const cleanups = [];
let failed = false;
try {
  await body((cleanup) => cleanups.push(cleanup));
} catch (error) {
  console.error(error);
  failed = true;
}
for (const cleanup of cleanups.reverse()) {
  const end = await cleanup(failed);
  if (end?.status !== undefined && end.status !== 0) {
    console.error(`ended with ${end.status}: ${end.said}`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
