// Client assertions (PS256 and RS256) at an identity server that others wrote, and tokens that are worthless all at once.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { claim, differences, plain, require_installed, rows, until } from './harness.mjs';
import { Site } from './program.mjs';
import { start_simple } from './servers.mjs';

const resource = 'https://depot.example';

/** oidc-provider with one client, known by its certificate: { url, find, refused, stop }. */
async function start_provider(certificate, algorithm) {
  const { default: Provider } = await import(pathToFileURL(require_installed.resolve('oidc-provider')).href);
  const server = createServer((request, response) => provider.callback()(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const key = new X509Certificate(certificate).publicKey.export({ format: 'jwk' });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app-1',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: algorithm,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        jwks: { keys: [{ ...key, kid: 'k', use: 'sig', alg: algorithm }] },
      },
    ],
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'RS256'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: '', audience: resource, accessTokenFormat: 'opaque' }),
      },
    },
  });
  const refused = [];
  provider.on('grant.error', (_, error) => refused.push(`${error.error}: ${error.error_detail ?? error.error_description}`));
  const stop = () =>
    new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  return { url: `${issuer}/token`, find: (token) => provider.ClientCredentials.find(token), refused, stop };
}

const devices = {
  name: 'devices',
  finops: { entity: 'devices' },
  dataverse: { table: 'device', set: 'devices', id: '_id', stamp: null },
  columns: [
    { finops: '_id', dataverse: '_id', key: true },
    { finops: 'name', dataverse: 'name' },
  ],
};

async function links_by(algorithm, cleanup) {
  const keys = mkdtempSync(join(tmpdir(), 'dualwrite-keys-'));
  cleanup(() => rmSync(keys, { recursive: true, force: true }));
  const [certificate, key] = [join(keys, 'client.pem'), join(keys, 'client.key')];
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=app-1', '-keyout', key, '-out', certificate],
    { encoding: 'utf8' }
  );
  assert.equal(made.status, 0, made.stderr);
  const provider = await start_provider(readFileSync(certificate), algorithm);
  cleanup(() => provider.stop());
  const left = await start_simple();
  cleanup(() => left.stop());
  const right = await start_simple();
  cleanup(() => right.stop());
  const [seen, revoked] = [new Set(), new Set()];
  let unknown = 0;
  left.guard(async (request) => {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const good = !revoked.has(token) && (await provider.find(token)) !== undefined;
    if (good) seen.add(token);
    else ++unknown;
    return good;
  });
  const site = new Site(
    {
      finops: {
        url: left.url,
        dialect: 'odata',
        unguarded: true,
        token: { url: provider.url, clientId: 'app-1', resource, certificate: { file: certificate, key: { file: key }, algorithm } },
      },
      dataverse: { url: right.url, dialect: 'odata', unguarded: true, token: { none: true } },
    },
    [devices]
  );
  cleanup(() => site.remove());
  const daemon = await site.serve();
  cleanup(async (failed) => {
    const end = await daemon.stop();
    if (failed) console.error(daemon.said(), provider.refused);
    return end;
  });
  for (const name of ['a', 'b', 'c']) await plain('POST', `${right.url}devices`, { _id: name, name: `device ${name}` });
  await daemon.sync('devices', 'dataverse');
  const left_rows = async () => {
    const [token] = [...seen].filter((each) => !revoked.has(each));
    return rows(`${left.url}devices`, { Authorization: `Bearer ${token}` });
  };
  assert.deepEqual(differences((await left_rows()).sort((a, b) => (a._id < b._id ? -1 : 1)), await rows(`${right.url}devices`)), []);
  assert.equal(seen.size, 1, 'one token is enough for all requests');
  assert.equal(unknown, 0);

  // Every token is worthless at once: one 401, one new token, and nothing is lost.
  for (const token of seen) revoked.add(token);
  assert.equal((await plain('PATCH', `${right.url}devices('b')`, { name: 'changed' })).status, 204);
  await until('the change behind the revoked token', async () => {
    if (seen.size < 2) return { good: false, shown: 'no new token' };
    const all = await left_rows();
    return { good: all.some((row) => row.name === 'changed'), shown: all };
  });
  assert.equal(seen.size, 2);
  assert.ok(unknown >= 1);
  for (const token of seen) assert.ok(!daemon.said().includes(token), 'a token is in the log');
}

claim('ACertificateProvesWhoWeAreWithPS256', (cleanup) => links_by('PS256', cleanup));
claim('ACertificateProvesWhoWeAreWithRS256', (cleanup) => links_by('RS256', cleanup));
