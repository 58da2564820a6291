// What the files of claims share.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require_installed = createRequire(join(process.env.DUALWRITE_CLIENTS, 'package.json'));

/** name -> async function of the sandbox. CMakeLists.txt finds the names by how their lines begin. */
export const claims = new Map();

export function claim(name, body) {
  if (claims.has(name)) throw new Error(`claimed twice: ${name}`);
  claims.set(name, body);
}

/** A package that install.mjs installed, whichever kind of module it is. */
export async function installed(name) {
  return import(pathToFileURL(require_installed.resolve(name)).href);
}

/** Where a file of an installed package is. */
export function installed_file(name) {
  return require_installed.resolve(name);
}

/** A request without any client library: { status, headers, body }. */
export async function plain(service, method, path, body, headers = {}) {
  const answer = await fetch(service.root + path, {
    method,
    body: typeof body === 'object' && body !== null ? JSON.stringify(body) : body,
    headers: {
      Authorization: `Bearer ${service.token}`,
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
  });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}
