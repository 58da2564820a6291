// Runs one claim: `node run.mjs FILE NAME`, against a sandbox of its own. DUALWRITE_PROGRAM is the program,
// DUALWRITE_CLIENTS where install.mjs put the packages. Exit status 0, 1, or 77 where they could not be installed.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { claims } from './harness.mjs';
import { start_sandbox } from './sandbox.mjs';

const [file, name] = process.argv.slice(2);
if (!existsSync(join(process.env.DUALWRITE_CLIENTS, 'ready'))) {
  console.log('the clients are not installed here: npm could not be reached');
  process.exit(77);
}
// A proxy is for the way to npm; the sandbox is on this machine.
for (const variable of Object.keys(process.env)) {
  if (/^(https?|all|no)_proxy$/i.test(variable)) delete process.env[variable];
}

await import(pathToFileURL(resolve(file)).href);
const body = claims.get(name);
if (body === undefined) {
  console.error(`${file} claims no ${name}`);
  process.exit(1);
}

let failure = null;
const sandbox = await start_sandbox();
try {
  await body(sandbox);
} catch (error) {
  failure = error;
}
const end = await sandbox.stop();
if (failure !== null) console.error(failure);
if (end.status !== 0) console.error(`the sandbox ended with ${end.status ?? end.signal}: ${end.said}`);
process.exit(failure === null && end.status === 0 ? 0 : 1);
