// An environment that is not the one of yesterday, a table that loses a column, and one that Microsoft's dual-write is at
// work on: a stand-in for Dataverse in front of the sandbox changes what it says.
import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';

import { claim, plain, until } from './harness.mjs';
import { Site, sandbox_token, start_sandbox } from './program.mjs';

const map = {
  name: 'currencies',
  finops: { entity: 'Currencies' },
  dataverse: { table: 'transactioncurrency', set: 'transactioncurrencies', id: 'transactioncurrencyid' },
  columns: [
    { finops: 'CurrencyCode', dataverse: 'isocurrencycode', key: true },
    { finops: 'Name', dataverse: 'currencyname' },
  ],
  constants: [{ side: 'dataverse', column: 'exchangerate', value: 1 }],
};

/** Hands every request on, except those that `answer` has something to say to. */
async function front(behind, answer, ahead_ms = 0) {
  const server = createServer(async (request, response) => {
    const own = answer(request.url);
    if (own !== undefined) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(own));
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { ...request.headers };
    for (const name of ['connection', 'content-length', 'transfer-encoding', 'host']) delete headers[name];
    const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
    const reply = await fetch(behind + request.url, { method: request.method, headers, body });
    response.statusCode = reply.status;
    for (const [name, value] of reply.headers) {
      if (!['connection', 'content-length', 'transfer-encoding', 'keep-alive'].includes(name)) response.setHeader(name, value);
    }
    if (ahead_ms !== 0) response.setHeader('Date', new Date(Date.now() + ahead_ms).toUTCString());
    response.end(Buffer.from(await reply.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}

async function staged(cleanup, answer, ahead_ms) {
  const sandbox = await start_sandbox();
  cleanup(() => sandbox.stop());
  const { finops: fo, dataverse: dv } = sandbox.urls;
  const before = await front(dv, answer, ahead_ms);
  cleanup(() => before.stop());
  const site = new Site(
    {
      finops: { url: fo, token: sandbox_token(sandbox.urls, fo) },
      dataverse: { url: before.origin, token: sandbox_token(sandbox.urls, dv) },
    },
    [map]
  );
  cleanup(() => site.remove());
  return site;
}

claim('AnotherEnvironmentBehindTheAddressHoldsTheMap', async (cleanup) => {
  let organization;
  const site = await staged(cleanup, (url) =>
    url.endsWith('/WhoAmI') && organization ? { OrganizationId: organization, UserId: organization } : undefined
  );
  const first = await site.serve();
  await first.sync('currencies');
  assert.equal((await first.stop()).status, 0);
  organization = '00000000-0000-4000-8000-00000000c0de';
  const second = await site.serve();
  cleanup(() => second.stop());
  await until('the map is held', async () => {
    const shown = await second.map('currencies');
    return { good: shown.state === 'held', shown };
  });
  const { reason } = await second.map('currencies');
  assert.match(reason, /another environment than before: organisation 00000000-0000-4000-8000-00000000c0de/);
  assert.match(reason, /new state file/);
});

claim('ATableOnWhichDualWriteIsActiveIsRefused', async (cleanup) => {
  let active = true;
  const site = await staged(cleanup, (url) =>
    url.endsWith('/msdyn_dualwriteruntimeconfigs') && active
      ? { value: [{ msdyn_name: 'Currencies - map', msdyn_mapping: 'x "transactioncurrencies" y' }] }
      : undefined
  );
  const checked = await site.check();
  assert.equal(checked.status, 1, checked.out);
  assert.match(checked.json.findings[0].what, /Microsoft's dual-write is active on the table transactioncurrency/);
  const daemon = await site.serve();
  cleanup(() => daemon.stop());
  const refused = await plain('POST', `${daemon.url}/api/v1/maps/currencies/initial-sync`, { master: 'finops' });
  assert.ok(refused.status >= 400, refused.text);
  assert.match(refused.text, /dual-write is active/);
  active = false;
  await daemon.sync('currencies');
});

claim('AClockThatIsAnHourAheadIsFoundByCheck', async (cleanup) => {
  const site = await staged(cleanup, () => undefined, 3_600_000);
  const checked = await site.check();
  assert.equal(checked.status, 1, checked.out);
  const found = checked.json.findings.map((finding) => `${finding.side}: ${finding.what} (${finding.hint})`);
  assert.equal(found.length, 1, checked.out);
  assert.match(found[0], /dataverse: the clock of .* is about 3(600|599) s ahead of this machine's .*NTP/);
});
