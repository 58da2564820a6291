// Links to services that nobody here wrote. Whatever a person does on either side by plain HTTP is on the other side in
// the end, and nothing differs.
import { strict as assert } from 'node:assert';

import { claim, differences, plain, rows, until } from './harness.mjs';
import { Site, sandbox_token, start_sandbox } from './program.mjs';
import { start_mockserver, start_simple } from './servers.mjs';

const prices = {
  name: 'prices',
  finops: { entity: 'Prices' },
  dataverse: { table: 'price', set: 'prices', id: '_id', stamp: null },
  columns: [
    { finops: 'Item', dataverse: 'item', key: true },
    { finops: 'Year', dataverse: 'year', key: true, type: 'integer' },
    { finops: 'Amount', dataverse: 'amount', type: 'decimal', scale: 2 },
    { finops: 'Note', dataverse: 'note' },
    { finops: 'ValidFrom', dataverse: 'valid_from', type: 'date' },
    { finops: 'Blocked', dataverse: 'blocked', type: 'boolean' },
  ],
};
const devices = {
  name: 'devices',
  finops: { entity: 'Devices' },
  dataverse: { table: 'device', set: 'devices', id: '_id', stamp: null },
  columns: [
    { finops: 'Tag', dataverse: '_id', key: true },
    { finops: 'Name', dataverse: 'name' },
  ],
};

const none = { none: true };

function two_servers(mock, simple, more = {}) {
  return {
    finops: { url: mock.url, dialect: 'odata', token: none, unguarded: true, ...more },
    dataverse: { url: simple.url, dialect: 'odata', token: none, unguarded: true, ...more },
  };
}

/** The rows of both sides, in one form. */
async function price_rows(mock, simple) {
  const left = (await rows(`${mock.url}Prices`)).map((row) => [
    row.Item,
    row.Year,
    Number(row.Amount),
    row.Note ?? '',
    row.ValidFrom,
    row.Blocked,
  ]);
  const right = (await rows(`${simple.url}prices`)).map((row) => [
    row.item,
    row.year,
    Number(row.amount),
    row.note ?? '',
    row.valid_from,
    row.blocked,
  ]);
  return [left, right];
}

async function device_rows(mock, simple) {
  const left = (await rows(`${mock.url}Devices`)).map((row) => [row.Tag, row.Name]);
  const right = (await rows(`${simple.url}devices`)).map((row) => [row._id, row.name]);
  return [left, right];
}

async function agree(what, read, expected) {
  await until(what, async () => {
    const [left, right] = await read();
    const shown = differences(left, right);
    const wanted = expected === undefined || expected(left);
    return { good: shown.length === 0 && wanted, shown: { shown, left } };
  });
}

async function started(cleanup, link, maps) {
  const site = new Site(link, maps);
  cleanup(() => site.remove());
  const daemon = await site.serve();
  cleanup(async (failed) => {
    const end = await daemon.stop();
    if (failed) console.error(daemon.said().split('\n').slice(-60).join('\n'));
    return end;
  });
  return { site, daemon };
}

async function quiet(daemon, names) {
  for (const name of names) {
    const map = await daemon.map(name);
    assert.equal(map.deadLetters, 0, JSON.stringify(map));
    assert.equal(map.state, 'running');
  }
}

claim('TwoServersOfOthersAgreeWhateverIsDoneOnEitherSide', async (cleanup) => {
  const mock = await start_mockserver();
  cleanup(() => mock.stop());
  const simple = await start_simple();
  cleanup(() => simple.stop());
  const { daemon } = await started(cleanup, two_servers(mock, simple), [prices, devices]);
  await daemon.sync('prices');
  await daemon.sync('devices');
  await agree('prices after the initial sync', () => price_rows(mock, simple), (all) => all.length === 3);
  await agree('devices after the initial sync', () => device_rows(mock, simple), (all) => all.length === 2);

  // Created, changed and deleted on one side …
  const made = { Item: 'C 3+&', Year: 2027, Amount: 1.05, Note: 'new', ValidFrom: '2027-01-01', Blocked: false };
  assert.equal((await plain('POST', `${mock.url}Prices`, made)).status, 201);
  const changed = await plain('PATCH', `${mock.url}Prices(Item='A1',Year=2025)`, { Note: 'second', Amount: 12.75 });
  assert.equal(changed.status, 200);
  assert.equal((await plain('DELETE', `${mock.url}Prices(Item='b%202',Year=2026)`)).status, 204);
  const device = { Id: '33333333-3333-4333-8333-333333333333', Tag: 'T3', Name: 'three' };
  assert.equal((await plain('POST', `${mock.url}Devices`, device)).status, 201);
  await agree('prices after changes on the left', () => price_rows(mock, simple), (all) => {
    return all.length === 3 && all.some((row) => row[0] === 'C 3+&') && all.some((row) => row[3] === 'second');
  });
  await agree('devices after a new one on the left', () => device_rows(mock, simple), (all) => all.length === 3);

  // … and on the other.
  const there = await rows(`${simple.url}prices`);
  const id = (item, year) => there.find((row) => row.item === item && row.year === year)._id;
  const patched = await plain('PATCH', `${simple.url}prices('${id('A1', 2026)}')`, { note: 'from the right', blocked: false });
  assert.equal(patched.status, 204);
  assert.equal((await plain('DELETE', `${simple.url}prices('${id('A1', 2025)}')`)).status, 204);
  const other = { _id: 'mine', item: 'D4', year: 2028, amount: 7, note: '', valid_from: '2028-05-06', blocked: true };
  assert.equal((await plain('POST', `${simple.url}prices`, other)).status, 201);
  assert.equal((await plain('POST', `${simple.url}devices`, { _id: 'T4', name: 'four' })).status, 201);
  assert.equal((await plain('DELETE', `${simple.url}devices('T1')`)).status, 204);
  await agree('prices after changes on the right', () => price_rows(mock, simple), (all) => {
    return all.length === 3 && all.some((row) => row[0] === 'D4') && all.some((row) => row[3] === 'from the right');
  });
  await agree('devices after changes on the right', () => device_rows(mock, simple), (all) => {
    return all.length === 3 && all.every((row) => row[0] !== 'T1') && all.some((row) => row[0] === 'T4');
  });
  await quiet(daemon, ['prices', 'devices']);
  // There are services that break on a batch: none is ever sent to one of which nothing is known.
  assert.ok(![...mock.requests, ...simple.requests].some((line) => line.includes('$batch')));
});

claim('ARowThatAServerCannotAddressBecomesADeadLetterAndNothingIsLost', async (cleanup) => {
  const mock = await start_mockserver();
  cleanup(() => mock.stop());
  const simple = await start_simple();
  cleanup(() => simple.stop());
  const { daemon } = await started(cleanup, two_servers(mock, simple), [prices]);
  await daemon.sync('prices');
  // The server lists such a row, and neither finds it by its key nor understands its key in a filter.
  const made = { Item: "C'3", Year: 2027, Amount: 1, Note: 'new', ValidFrom: '2027-01-01', Blocked: false };
  assert.equal((await plain('POST', `${mock.url}Prices`, made)).status, 201);
  await until('the dead letter', async () => {
    const map = await daemon.map('prices');
    return { good: map.deadLetters === 1, shown: map };
  });
  const letters = (await plain('GET', `${daemon.url}/api/v1/dead-letters`)).json;
  const text = JSON.stringify(letters);
  assert.match(text, /unreadable/);
  assert.match(text, /the row of Prices with the key c'3.{1,2}2027 cannot be found by it/);
  // Others go on.
  assert.equal((await plain('PATCH', `${mock.url}Prices(Item='A1',Year=2025)`, { Note: 'on' })).status, 200);
  await until('the other row', async () => {
    const there = await rows(`${simple.url}prices`);
    return { good: there.some((row) => row.note === 'on'), shown: there };
  });
});

claim('CheckSaysWhatAServerCannotDo', async (cleanup) => {
  const mock = await start_mockserver();
  cleanup(() => mock.stop());
  const simple = await start_simple();
  cleanup(() => simple.stop());
  await plain('POST', `${simple.url}prices`, { _id: 'x', item: 'A1', year: 2025, amount: 1 });
  const site = new Site(two_servers(mock, simple), [prices]);
  cleanup(() => site.remove());
  const good = await site.check();
  assert.equal(good.status, 0, good.out + good.err);
  assert.deepEqual(good.json.findings, []);
  const notes = good.json.notes.map((note) => `${note.side}: ${note.what}`).join('\n');
  assert.match(notes, /finops: the rows of Prices have no ETag/);
  assert.match(notes, /dataverse: the rows of prices have no ETag/);
  assert.match(notes, /finops: no deltas and no events/);
  assert.match(notes, /finops: the service does not understand an apostrophe in \$filter/);

  // Unless somebody says that it is all right, it is not.
  const strict = new Site(two_servers(mock, simple, { unguarded: false }), [prices]);
  cleanup(() => strict.remove());
  const bad = await strict.check();
  assert.equal(bad.status, 1, bad.out + bad.err);
  const said = bad.json.findings.map((finding) => `${finding.side}: ${finding.what} (${finding.hint})`);
  assert.equal(said.length, 2, JSON.stringify(said));
  assert.match(said.join('\n'), /finops: the rows of Prices have no ETag.*"unguarded": true/);
});

claim('AServerOfOthersAgreesWithDataverse', async (cleanup) => {
  const simple = await start_simple();
  cleanup(() => simple.stop());
  const sandbox = await start_sandbox();
  cleanup(() => sandbox.stop());
  simple.guard((request) => request.headers.authorization === `Basic ${Buffer.from('me:s3cret').toString('base64')}`);
  const map = {
    name: 'currencies',
    finops: { entity: 'currencies' },
    dataverse: { table: 'transactioncurrency', set: 'transactioncurrencies', id: 'transactioncurrencyid' },
    columns: [
      { finops: '_id', dataverse: 'isocurrencycode', key: true },
      { finops: 'name', dataverse: 'currencyname' },
      { finops: 'symbol', dataverse: 'currencysymbol' },
    ],
    constants: [{ side: 'dataverse', column: 'exchangerate', value: 1 }],
  };
  const dv = sandbox.urls.dataverse;
  const { daemon } = await started(
    cleanup,
    {
      finops: {
        url: simple.url,
        dialect: 'odata',
        unguarded: true,
        token: { user: 'me', password: { env: 'SIMPLE_PASSWORD' } },
      },
      dataverse: { url: dv, token: sandbox_token(sandbox.urls, dv) },
    },
    [map]
  );
  const mine = { Authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}` };
  const theirs = { Authorization: `Bearer ${await sandbox.token(dv)}` };
  const set = `${dv}/api/data/v9.2/transactioncurrencies`;
  const both = async () => [
    (await rows(`${simple.url}currencies`, mine)).map((row) => [row._id, row.name ?? '', row.symbol ?? '']),
    (await rows(set, theirs)).map((row) => [row.isocurrencycode, row.currencyname ?? '', row.currencysymbol ?? '']),
  ];
  assert.equal((await plain('POST', `${simple.url}currencies`, { _id: 'QQA', name: 'Qa', symbol: 'q' }, mine)).status, 201);
  await daemon.sync('currencies');
  await agree('after the initial sync', both, (all) => all.some((row) => row[0] === 'QQA'));
  const known = (await rows(set, theirs)).find((row) => row.isocurrencycode === 'QQA');
  const patched = await plain('PATCH', `${set}(${known.transactioncurrencyid})`, { currencysymbol: 'Q$' }, theirs);
  assert.equal(patched.status, 204, patched.text);
  const made = { isocurrencycode: 'QQB', currencyname: 'Qb', currencysymbol: 'b', exchangerate: 1 };
  const posted = await plain('POST', set, made, theirs);
  assert.equal(posted.status, 204, posted.text);
  await agree('after changes in Dataverse', both, (all) => {
    return all.some((row) => row[2] === 'Q$') && all.some((row) => row[0] === 'QQB');
  });
  assert.equal((await plain('PATCH', `${simple.url}currencies('QQB')`, { name: 'Qb two' }, mine)).status, 204);
  assert.equal((await plain('DELETE', `${simple.url}currencies('QQA')`, undefined, mine)).status, 204);
  await agree('after changes on the other side', both, (all) => {
    return all.every((row) => row[0] !== 'QQA') && all.some((row) => row[1] === 'Qb two');
  });
  await quiet(daemon, ['currencies']);
  assert.ok(!daemon.said().includes('s3cret'), 'the password is in the log');
  assert.ok(!daemon.said().includes(Buffer.from('me:s3cret').toString('base64')), 'the credentials are in the log');
});

claim('AServiceWithETagsIsGuardedByThem', async (cleanup) => {
  const sandbox = await start_sandbox();
  cleanup(() => sandbox.stop());
  const { finops: fo, dataverse: dv } = sandbox.urls;
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
  const { daemon } = await started(
    cleanup,
    {
      finops: { url: fo, token: sandbox_token(sandbox.urls, fo) },
      dataverse: { url: `${dv}/api/data/v9.2/`, dialect: 'odata', token: sandbox_token(sandbox.urls, dv) },
    },
    [map]
  );
  const left = { Authorization: `Bearer ${await sandbox.token(fo)}` };
  const right = { Authorization: `Bearer ${await sandbox.token(dv)}` };
  const set = `${dv}/api/data/v9.2/transactioncurrencies`;
  const both = async () => [
    (await rows(`${fo}/data/Currencies`, left)).map((row) => [row.CurrencyCode, row.Name ?? '', row.Symbol ?? '']),
    (await rows(set, right)).map((row) => [row.isocurrencycode, row.currencyname ?? '', row.currencysymbol ?? '']),
  ];
  for (const code of ['QQA', 'QQB', 'QQC', 'QQD']) {
    const made = await plain('POST', `${fo}/data/Currencies`, { CurrencyCode: code, Name: code, Symbol: '$' }, left);
    assert.equal(made.status, 201, made.text);
  }
  await daemon.sync('currencies');
  await agree('after the initial sync', both, (all) => all.length >= 4);
  for (const code of ['QQA', 'QQB']) {
    const changed = await plain('PATCH', `${fo}/data/Currencies('${code}')`, { Name: `${code} two` }, left);
    assert.equal(changed.status, 204, changed.text);
  }
  await agree('after changes in F&O', both, (all) => all.filter((row) => row[1].endsWith(' two')).length === 2);
  assert.equal((await plain('DELETE', `${fo}/data/Currencies('QQC')`, undefined, left)).status, 204);
  const known = (await rows(set, right)).find((row) => row.isocurrencycode === 'QQD');
  assert.equal((await plain('DELETE', `${set}(${known.transactioncurrencyid})`, undefined, right)).status, 204);
  await agree('after deletions', both, (all) => all.every((row) => row[0] !== 'QQC' && row[0] !== 'QQD'));
  await quiet(daemon, ['currencies']);
});

claim('OnPremisesIsReachedByAdfsAndScannedOnly', async (cleanup) => {
  const sandbox = await start_sandbox();
  cleanup(() => sandbox.stop());
  const { finops: fo, dataverse: dv } = sandbox.urls;
  const adfs = new URL('/adfs/oauth2/token', sandbox.urls.token).href;
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
  const { site, daemon } = await started(
    cleanup,
    {
      finops: {
        url: fo,
        dialect: 'finops-onprem',
        token: { url: adfs, clientId: 'dualwrite', clientSecret: { env: 'SANDBOX_SECRET' }, resource: fo },
      },
      dataverse: { url: dv, token: sandbox_token(sandbox.urls, dv) },
    },
    [map]
  );
  const checked = await site.check();
  assert.equal(checked.status, 0, checked.out);
  const left = { Authorization: `Bearer ${await sandbox.token(fo)}` };
  const right = { Authorization: `Bearer ${await sandbox.token(dv)}` };
  const here = `${fo}/namespaces/AXSF/data/Currencies`;
  const set = `${dv}/api/data/v9.2/transactioncurrencies`;
  const both = async () => [
    (await rows(here, left)).map((row) => [row.CurrencyCode, row.Name ?? '', row.Symbol ?? '']),
    (await rows(set, right)).map((row) => [row.isocurrencycode, row.currencyname ?? '', row.currencysymbol ?? '']),
  ];
  await daemon.sync('currencies');
  for (let number = 0; number < 40; ++number) {
    const code = `Q${String(number).padStart(2, '0')}`;
    const made = await plain('POST', here, { CurrencyCode: code, Name: `name ${number}`, Symbol: '$' }, left);
    assert.equal(made.status, 201, made.text);
  }
  await agree('after new rows', both, (all) => all.length >= 40);
  for (let number = 0; number < 40; number += 2) {
    const code = `Q${String(number).padStart(2, '0')}`;
    assert.equal((await plain('PATCH', `${here}('${code}')`, { Name: `two ${number}` }, left)).status, 204);
  }
  const known = (await rows(set, right)).filter((row) => /^Q\d[13579]$/.test(row.isocurrencycode));
  for (const row of known.slice(0, 10)) {
    const changed = await plain('PATCH', `${set}(${row.transactioncurrencyid})`, { currencysymbol: '#' }, right);
    assert.equal(changed.status, 204, changed.text);
  }
  assert.equal((await plain('DELETE', `${here}('Q00')`, undefined, left)).status, 204);
  await agree('after changes on both sides', both, (all) => {
    const count = (test) => all.filter(test).length;
    return count((row) => row[1].startsWith('two')) === 19 && count((row) => row[2] === '#') === 10;
  });
  await quiet(daemon, ['currencies']);
  const status = (await plain('GET', `${daemon.url}/api/v1/status`)).json;
  assert.equal(status.endpoints[0].dialect, 'finops-onprem');
});
