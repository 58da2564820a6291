// The verb `endpoints`, and that what it registers really tells the daemon.
import { strict as assert } from 'node:assert';

import { claim, plain, until } from './harness.mjs';
import { Site, sandbox_token, start_sandbox } from './program.mjs';

const map = {
  name: 'currencies',
  finops: { entity: 'Currencies' },
  dataverse: { table: 'transactioncurrency', set: 'transactioncurrencies', id: 'transactioncurrencyid' },
  columns: [
    { finops: 'CurrencyCode', dataverse: 'isocurrencycode', key: true },
    { finops: 'Name', dataverse: 'currencyname' },
    { finops: 'Symbol', dataverse: 'currencysymbol' },
  ],
  constants: [{ side: 'dataverse', column: 'exchangerate', value: 1 }],
};

claim('WebhooksAreRegisteredOnceTellTheDaemonAndGoAgain', async (cleanup) => {
  const sandbox = await start_sandbox();
  cleanup(() => sandbox.stop());
  const { finops: fo, dataverse: dv } = sandbox.urls;
  // Deltas once an hour: what arrives in time was told by a webhook.
  const site = new Site(
    {
      finops: { url: fo, token: sandbox_token(sandbox.urls, fo) },
      dataverse: { url: dv, token: sandbox_token(sandbox.urls, dv) },
      capture: { deltaIntervalMs: 3_600_000, scanIntervalMs: 3_600_000 },
    },
    [map]
  );
  cleanup(() => site.remove());
  const daemon = await site.serve();
  cleanup(() => daemon.stop());
  await daemon.sync('currencies');
  const endpoints = async (status, ...words) => {
    const ended = await site.run('endpoints', ...words, '--config', site.config, '--json');
    assert.equal(ended.status, status, ended.out + ended.err);
    return JSON.parse(ended.out);
  };
  const states = (answer) => answer.steps.map((step) => step.state);
  const address = ['--url', daemon.ingest];

  const shown = await endpoints(0, 'register', 'currencies', ...address);
  assert.equal(shown.changes.length, 6, 'a service endpoint, three steps, two images');
  assert.equal(shown.applied, false);
  const before = await endpoints(1, 'list', 'currencies');
  assert.deepEqual(states(before), ['missing', 'missing', 'missing'], 'a dry run registers nothing');
  assert.match(before.rights.dataverse.join(), /transactioncurrency: Create, Read, Write, Delete/);

  const made = await endpoints(0, 'register', 'currencies', ...address, '--apply');
  assert.equal(made.changes.length, 6);
  assert.deepEqual(states(await endpoints(0, 'list', 'currencies')), ['registered', 'registered', 'registered']);
  const again = await endpoints(0, 'register', 'currencies', ...address, '--apply');
  assert.deepEqual(again.changes, []);

  const right = { Authorization: `Bearer ${await sandbox.token(dv)}` };
  const left = { Authorization: `Bearer ${await sandbox.token(fo)}` };
  const set = `${dv}/api/data/v9.2/transactioncurrencies`;
  const posted = await plain('POST', set, { isocurrencycode: 'QQB', currencyname: 'b', exchangerate: 1, currencysymbol: 'b' }, right);
  assert.equal(posted.status, 204, posted.text);
  await until('a row that a webhook told of', async () => {
    const found = await plain('GET', `${fo}/data/Currencies('QQB')`, undefined, left);
    return { good: found.status === 200, shown: found.status };
  });

  const gone = await endpoints(0, 'unregister', 'currencies', '--apply');
  assert.equal(gone.changes.length, 6);
  assert.deepEqual(states(await endpoints(1, 'list', 'currencies')), ['missing', 'missing', 'missing']);
});
