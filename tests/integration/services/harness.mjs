// What the files of claims share.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const require_installed = createRequire(join(process.env.DUALWRITE_SERVICES, 'package.json'));

/** name -> async function. CMakeLists.txt finds the names by how their lines begin. */
export const claims = new Map();

export function claim(name, body) {
  if (claims.has(name)) throw new Error(`claimed twice: ${name}`);
  claims.set(name, body);
}

/** Asks again and again until the answer is good; what is shown where it never is. */
export async function until(what, ask, limit_ms = 120_000) {
  const end = Date.now() + limit_ms;
  for (;;) {
    const { good, shown } = await ask();
    if (good) return;
    if (Date.now() > end) assert.fail(`${what}: still ${JSON.stringify(shown)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A request without any client library: { status, text, json }. */
export async function plain(method, url, body, headers = {}) {
  const answer = await fetch(url, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
  });
  const text = await answer.text();
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // not every server answers in JSON
  }
  return { status: answer.status, text, json };
}

/** All rows of a set, by one plain request: the servers here give all of them. */
export async function rows(url, headers = {}) {
  const answer = await plain('GET', url, undefined, headers);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.value;
}

/** What two lists of objects do not have in common, as text. */
export function differences(a, b) {
  const one = new Set(a.map((row) => JSON.stringify(row)));
  const other = new Set(b.map((row) => JSON.stringify(row)));
  return [
    ...a.map((row) => JSON.stringify(row)).filter((row) => !other.has(row)).map((row) => `- ${row}`),
    ...b.map((row) => JSON.stringify(row)).filter((row) => !one.has(row)).map((row) => `+ ${row}`),
    ...(a.length === b.length ? [] : [`${a.length} rows, ${b.length} rows`]),
  ];
}
