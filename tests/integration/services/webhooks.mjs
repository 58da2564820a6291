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
  const endpoints = async (...words) => {
    const ended = await site.run('endpoints', ...words, '--config', site.config, '--json');
    assert.equal(ended.status, 0, ended.out + ended.err);
    return JSON.parse(ended.out);
  };
  const kinds = (answer) => answer.actions.map((action) => action.action);
  const address = ['--url', daemon.ingest];

  const shown = await endpoints('register', 'currencies', ...address);
  assert.deepEqual(kinds(shown), ['create', 'create', 'create', 'create']);
  assert.equal(shown.applied, false);
  assert.match(shown.rights.dataverse.join(), /table transactioncurrency: Read, Create, Write, Delete/);
  assert.deepEqual((await endpoints('list', 'currencies')).actions, [], 'a dry run registers nothing');

  const made = await endpoints('register', 'currencies', ...address, '--apply');
  assert.deepEqual(kinds(made), ['create', 'create', 'create', 'create']);
  assert.equal((await endpoints('list', 'currencies')).actions.length, 4);
  const again = await endpoints('register', 'currencies', ...address, '--apply');
  assert.deepEqual(kinds(again), ['keep', 'keep', 'keep', 'keep']);

  const right = { Authorization: `Bearer ${await sandbox.token(dv)}` };
  const left = { Authorization: `Bearer ${await sandbox.token(fo)}` };
  const set = `${dv}/api/data/v9.2/transactioncurrencies`;
  const posted = await plain('POST', set, { isocurrencycode: 'QQB', currencyname: 'b', exchangerate: 1, currencysymbol: 'b' }, right);
  assert.equal(posted.status, 204, posted.text);
  await until('a row that a webhook told of', async () => {
    const found = await plain('GET', `${fo}/data/Currencies('QQB')`, undefined, left);
    return { good: found.status === 200, shown: found.status };
  });

  const gone = await endpoints('unregister', 'currencies', '--apply');
  assert.deepEqual(kinds(gone), ['remove', 'remove', 'remove', 'remove']);
  assert.deepEqual((await endpoints('list', 'currencies')).actions, []);
});
