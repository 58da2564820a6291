// What a change costs in requests, and what becomes of changes when the services limit, refuse, or lose replies.
// DUALWRITE_CHANGES says how many (scripts/limits does); a short run is the default.
import { strict as assert } from 'node:assert';

import { claim, differences, plain, rows, until } from './harness.mjs';
import { Site, sandbox_token, start_sandbox } from './program.mjs';

const long_run = Number(process.env.DUALWRITE_LIMIT_MS ?? 240_000);

const customers = {
  name: 'customers',
  finops: { entity: 'CustomersV3' },
  dataverse: { table: 'account', set: 'accounts', id: 'accountid' },
  companies: ['usmf'],
  columns: [
    {
      finops: 'dataAreaId',
      dataverse: 'msdyn_company/cdm_companycode',
      key: true,
      lookup: { set: 'cdm_companies', id: 'cdm_companyid' },
    },
    { finops: 'CustomerAccount', dataverse: 'accountnumber', key: true },
    { finops: 'OrganizationName', dataverse: 'name' },
    { finops: 'SalesMemo', dataverse: 'description' },
  ],
  constants: [
    { side: 'finops', column: 'PartyType', value: 'Organization' },
    { side: 'dataverse', column: 'customertypecode', value: 3 },
  ],
};
const currencies = {
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

const account = (number) => `K${String(number).padStart(7, '0')}`;

/** Sends requests to F&O in batches of a thousand, each on its own. */
async function batch(stage, parts) {
  for (let from = 0; from < parts.length; from += 1000) {
    const some = parts.slice(from, from + 1000);
    const body =
      some
        .map(
          ([method, path, content]) =>
            `--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n` +
            `${method} /data/${path} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(content)}\r\n`
        )
        .join('') + '--b--\r\n';
    const answer = await fetch(`${stage.fo}/data/$batch`, {
      method: 'POST',
      body,
      headers: { ...(await stage.left()), 'Content-Type': 'multipart/mixed; boundary=b' },
    });
    const text = await answer.text();
    const good = (text.match(/HTTP\/1\.1 20[14]/g) ?? []).length;
    assert.equal(good, some.length, text.slice(0, 2000));
  }
}

const create_all = (stage, count) =>
  batch(
    stage,
    Array.from({ length: count }, (_, number) => [
      'POST',
      'CustomersV3?cross-company=true',
      {
        dataAreaId: 'usmf',
        CustomerAccount: account(number),
        OrganizationName: `name ${number}`,
        PartyType: 'Organization',
        CustomerGroupId: '10',
      },
    ])
  );
const edit_all = (stage, count) =>
  batch(
    stage,
    Array.from({ length: count }, (_, number) => [
      'PATCH',
      `CustomersV3(dataAreaId='usmf',CustomerAccount='${account(number)}')?cross-company=true`,
      { SalesMemo: `memo ${number}` },
    ])
  );

async function all_rows(first, headers) {
  const found = [];
  for (let link = first; link; ) {
    const answer = await plain('GET', link, undefined, await headers());
    if (answer.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      continue;
    }
    assert.equal(answer.status, 200, answer.text);
    found.push(...answer.json.value);
    link = answer.json['@odata.nextLink'];
  }
  return found;
}

const sides = (stage) =>
  Promise.all([
    all_rows(`${stage.fo}/data/CustomersV3?cross-company=true&$select=CustomerAccount,OrganizationName,SalesMemo`, stage.left).then(
      (all) => all.map((row) => [row.CustomerAccount, row.OrganizationName, row.SalesMemo ?? ''])
    ),
    all_rows(`${stage.dv}/api/data/v9.2/accounts?$select=accountnumber,name,description`, stage.right).then((all) =>
      all.map((row) => [row.accountnumber, row.name, row.description ?? ''])
    ),
  ]);

/** Where much is to be read, it is read as seldom as by default. */
const intervals = Number(process.env.DUALWRITE_CHANGES ?? 0) > 20_000 ? { deltaIntervalMs: 10_000, scanIntervalMs: 60_000 } : {};

async function staged(cleanup, switches, maps, more = {}) {
  const scale = process.env.DUALWRITE_TIME_SCALE;
  const sandbox = await start_sandbox(...(scale ? ['--time-scale', scale] : []), ...switches.flatMap((each) => ['--switch', each]));
  cleanup(() => sandbox.stop());
  const { finops: fo, dataverse: dv } = sandbox.urls;
  const site = new Site(
    {
      finops: { url: fo, token: sandbox_token(sandbox.urls, fo) },
      dataverse: { url: dv, token: sandbox_token(sandbox.urls, dv), ...more },
      capture: { deltaIntervalMs: 2000, scanIntervalMs: 2000, ...intervals },
    },
    maps
  );
  cleanup(() => site.remove());
  const left = async () => ({ Authorization: `Bearer ${await sandbox.token(fo)}` });
  const right = async () => ({ Authorization: `Bearer ${await sandbox.token(dv)}` });
  const stage = { sandbox, site, fo, dv, left, right };
  const control = async (side, method, path, body) => {
    const answer = await plain(method, `${side === 'finops' ? fo : dv}/_sandbox/${path}`, body);
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const company = await plain('POST', `${dv}/api/data/v9.2/cdm_companies`, { cdm_companycode: 'usmf', cdm_name: 'usmf' }, await right());
  assert.ok(company.status === 204 || company.status === 412 || company.status === 409, company.text);
  return { ...stage, control };
}

async function serving(cleanup, stage) {
  const daemon = await stage.site.serve();
  cleanup(async (failed) => {
    const end = await daemon.stop();
    if (failed) console.error(daemon.said().split('\n').slice(-40).join('\n'));
    return end;
  });
  return daemon;
}

const status_of = async (daemon) => (await plain('GET', `${daemon.url}/api/v1/status`)).json;

async function settled(daemon, stage, count, limit_ms = long_run) {
  await until(
    'both sides hold every change',
    async () => {
      const map = await daemon.map('customers');
      if (map.pending > 0) return { good: false, shown: map };
      const shown = differences(...(await sides(stage)));
      return { good: shown.length === 0 && map.couplings >= count, shown: { shown: shown.slice(0, 5), map } };
    },
    limit_ms
  );
}

claim('AChangeCostsATwentiethOfARequestAtMost', async (cleanup) => {
  const count = Number(process.env.DUALWRITE_CHANGES ?? 3000);
  const stage = await staged(cleanup, ['dataverse.service-protection=true'], [customers]);
  await create_all(stage, count / 2);
  const daemon = await serving(cleanup, stage);
  assert.equal((await plain('POST', `${daemon.url}/api/v1/maps/customers/start`)).status, 200);
  const began = Date.now();
  await settled(daemon, stage, count / 2);
  await edit_all(stage, count / 2);
  await until('the edits', async () => {
    const [, right] = await sides(stage);
    return { good: right.every((row) => row[2] !== ''), shown: right.filter((row) => row[2] === '').length };
  }, long_run);
  await settled(daemon, stage, count / 2);
  const seconds = (Date.now() - began) / 1000;
  const status = await status_of(daemon);
  const map = await daemon.map('customers');
  const requests = status.endpoints.reduce((sum, each) => sum + each.requests, 0);
  console.log(
    `${count} changes in ${seconds.toFixed(1)} s, ${requests} requests (F&O ${status.endpoints[0].requests}, Dataverse ` +
      `${status.endpoints[1].requests}), ${(requests / count).toFixed(4)} for each change, throttled ${status.endpoints[1].throttled} times`
  );
  assert.equal(map.deadLetters, 0);
  assert.ok(requests / count <= 0.05, `${requests / count} requests for each change`);
});

claim('ATenthOfTheLimitsSlowsDownAndLosesNothing', async (cleanup) => {
  const count = Number(process.env.DUALWRITE_TENTH ?? 200);
  // 600 requests and 120 s of execution in 300 s, here as 20 and 4 s in 10.
  const tenth = ['requests=20', 'time-seconds=4', 'window-seconds=10', 'concurrent=5'];
  const stage = await staged(
    cleanup,
    ['dataverse.service-protection=true', ...tenth.map((each) => `dataverse.protection-${each}`)],
    [customers]
  );
  await create_all(stage, count);
  const daemon = await serving(cleanup, stage);
  assert.equal((await plain('POST', `${daemon.url}/api/v1/maps/customers/start`)).status, 200);
  await settled(daemon, stage, count);
  const status = await status_of(daemon);
  const map = await daemon.map('customers');
  const dataverse = status.endpoints[1];
  console.log(`${count} changes, ${dataverse.requests} requests to Dataverse, ${dataverse.throttled} of them answered 429`);
  assert.ok(dataverse.throttled > 0, 'the limits were never met');
  assert.ok(dataverse.throttled < dataverse.requests / 2, 'most requests were sent in vain');
  assert.equal(map.deadLetters, 0);
  assert.equal(map.pending, 0);
});

claim('StormOutageLostRepliesExpiredDeltaAndRevokedTokenLoseAndDoubleNothing', async (cleanup) => {
  const count = Number(process.env.DUALWRITE_FAULTY ?? 600);
  const stage = await staged(cleanup, [], [customers, currencies]);
  await create_all(stage, count);
  const daemon = await serving(cleanup, stage);
  for (const map of ['customers', 'currencies']) await daemon.sync(map);
  await settled(daemon, stage, count);
  const inject = (rule) => stage.control('dataverse', 'POST', 'inject', { side: 'dataverse', ...rule });

  // Lost replies on 5 % of the writes.
  await inject({ kind: 'lost-reply', writesOnly: true, probability: 0.05, seed: 7, count: 1000 });
  await edit_all(stage, count);
  await until('the edits', async () => {
    const [, right] = await sides(stage);
    return { good: right.every((row) => row[2].startsWith('memo')), shown: right.filter((row) => !row[2].startsWith('memo')).length };
  }, long_run);
  await settled(daemon, stage, count);
  await stage.control('dataverse', 'DELETE', 'inject');

  // A storm of 429: everybody waits, and goes on behind it.
  const before = (await status_of(daemon)).endpoints[1].throttled;
  await inject({ kind: 'refuse', status: 429, path: '$batch', count: 5, retryAfter: 1 });
  const made = await plain('POST', `${stage.fo}/data/Currencies`, { CurrencyCode: 'QQS', Name: 'storm', Symbol: 's' }, await stage.left());
  assert.equal(made.status, 201, made.text);
  await until('a currency through the storm', async () => {
    const found = await rows(`${stage.dv}/api/data/v9.2/transactioncurrencies?$filter=isocurrencycode eq 'QQS'`, await stage.right());
    return { good: found.length === 1, shown: found };
  });
  await stage.control('dataverse', 'DELETE', 'inject');
  assert.ok((await status_of(daemon)).endpoints[1].throttled > before, 'there was no storm');

  // Nobody may use the tokens any more, the delta link is worthless, and meanwhile rows change on both sides.
  await stage.control('dataverse', 'POST', 'dataverse/expire-delta-tokens');
  await stage.control('dataverse', 'POST', 'tokens/revoke');
  const [some] = await all_rows(`${stage.dv}/api/data/v9.2/accounts?$select=accountid,accountnumber&$top=1`, stage.right);
  const patched = await plain('PATCH', `${stage.dv}/api/data/v9.2/accounts(${some.accountid})`, { name: 'by the right' }, await stage.right());
  assert.equal(patched.status, 204, patched.text);
  const edited = await plain(
    'PATCH',
    `${stage.fo}/data/CustomersV3(dataAreaId='usmf',CustomerAccount='${account(count - 1)}')?cross-company=true`,
    { OrganizationName: 'by the left' },
    await stage.left()
  );
  assert.equal(edited.status, 204, edited.text);
  await until('both edits', async () => {
    const [left, right] = await sides(stage);
    const good = left.some((row) => row[1] === 'by the right') && right.some((row) => row[1] === 'by the left');
    return { good: good && differences(left, right).length === 0, shown: differences(left, right).slice(0, 5) };
  });

  // An outage: the services are gone, and come back.
  const restarted = await plain('POST', `${stage.dv}/_sandbox/restart`, { downMs: 5000 });
  assert.equal(restarted.status, 202, restarted.text);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await until('the services are back', async () => {
    try {
      return { good: (await plain('GET', `${stage.fo}/_sandbox/clock`)).status === 200, shown: 'down' };
    } catch (error) {
      return { good: false, shown: String(error) };
    }
  });
  await edit_all(stage, Math.min(count, 200));
  await settled(daemon, stage, count);
  const map = await daemon.map('customers');
  assert.equal(map.deadLetters, 0, JSON.stringify(map));
  assert.equal(map.couplings, count);
  const [left, right] = await sides(stage);
  assert.equal(left.length, count);
  assert.equal(right.length, count, 'nothing is there twice');
});
