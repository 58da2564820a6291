// Installs what package-lock.json names into the build directory, once: `node install.mjs [DIRECTORY]`, with
// DUALWRITE_CLIENTS set. Without DIRECTORY it is this one's.
// Exit status 77 where npm cannot be reached; then the cases that need the packages skip themselves too.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const skipped = 77;
const here = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));
const target = process.env.DUALWRITE_CLIENTS;
const ready = join(target, 'ready');

const hash = createHash('sha256');
for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(here, name)));
const wanted = hash.digest('hex');
if (existsSync(ready) && readFileSync(ready, 'utf8') === wanted) {
  console.log('installed already');
  process.exit(0);
}

mkdirSync(target, { recursive: true });
rmSync(ready, { force: true });
for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(here, name), join(target, name));
const npm = spawnSync(
  'npm',
  [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--prefer-offline',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=1000',
    '--fetch-timeout=60000',
    '--cache',
    join(target, '..', 'npm-cache'),
  ],
  { cwd: target, encoding: 'utf8', timeout: 840_000 }
);
if (npm.error?.code === 'ENOENT') {
  console.log('there is no npm here: scripts/setup installs it');
  process.exit(skipped);
}
console.log(npm.stdout, npm.stderr);
if (npm.status === 0) {
  writeFileSync(ready, wanted);
  process.exit(0);
}
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/;
if (unreachable.test(npm.stderr)) {
  console.log('npm cannot be reached: what is installed from it is not tested');
  process.exit(skipped);
}
process.exit(1);
