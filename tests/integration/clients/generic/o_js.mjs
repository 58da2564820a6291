// o.js, a client that knows OData and neither service: what it needs is in the standard.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect } from './o_js_client.mjs';

async function refused(promise) {
  try {
    await promise;
  } catch (answer) {
    return { status: answer.status, error: JSON.parse(await answer.text()).error };
  }
  return assert.fail('it was not refused');
}

const currency = { CurrencyCode: 'XTS', Name: 'Test' };
const keyed = "CustomersV3(dataAreaId='dat',CustomerAccount='C1')";

claim('DataverseRowsAreCreatedReadChangedAndDeleted', async ({ dataverse }) => {
  const represented = { headers: { Prefer: 'return=representation' } };
  const made = await connect(dataverse, represented).post('accounts', { name: "o'js", revenue: 12.5 }).query();
  const path = `accounts(${made.accountid})`;
  assert.equal((await connect(dataverse).get(path).query({ $select: 'name' })).name, "o'js");
  const status = await connect(dataverse).patch(path, { name: 'changed' }).query();
  assert.equal(status.status ?? status, 204);
  const found = await connect(dataverse).get('accounts').query({ $select: 'name', $filter: 'revenue eq 12.5' });
  assert.deepEqual(
    found.map((row) => row.name),
    ['changed']
  );
  await connect(dataverse).delete(path).query();
  const { status: missing, error } = await refused(connect(dataverse).get(path).query());
  assert.equal(missing, 404);
  assert.equal(error.code, '0x80040217');
});

claim('DataverseQueryOptionsAreReadAsAFormEncodesThem', async ({ dataverse }) => {
  for (const name of ['a+b', 'a b', 'c']) await connect(dataverse).post('accounts', { name }).fetch();
  // URLSearchParams: a blank becomes +, a plus %2B, a dollar sign %24.
  const found = await connect(dataverse).get('accounts').query({ $filter: "name eq 'a b'", $select: 'name' });
  assert.deepEqual(
    found.map((row) => row.name),
    ['a b']
  );
  const plus = await connect(dataverse).get('accounts').query({ $filter: "name eq 'a+b'", $select: 'name' });
  assert.deepEqual(
    plus.map((row) => row.name),
    ['a+b']
  );
});

claim('DataverseAnswersABatchOfReads', async ({ dataverse }) => {
  await connect(dataverse).post('accounts', { name: 'A' }).fetch();
  const answers = await connect(dataverse).get('accounts').get('WhoAmI').batch();
  assert.deepEqual(
    answers.map((each) => each.status),
    [200, 200]
  );
  assert.equal(answers[0].body[0].name, 'A');
  assert.ok(answers[1].body.UserId);
});

claim('DataverseAnswersAChangeSet', async ({ dataverse }) => {
  const client = connect(dataverse, { useChangset: true });
  const answers = await client.post('accounts', { name: 'A' }).post('accounts', { name: 'B' }).batch();
  assert.deepEqual(
    answers.map((each) => each.status),
    [204, 204]
  );
  assert.deepEqual(
    answers.map((each) => each.contentId),
    [1, 2]
  );
  const found = await connect(dataverse).get('accounts').query({ $select: 'name', $orderby: 'name' });
  assert.deepEqual(
    found.map((row) => row.name),
    ['A', 'B']
  );
});

claim('FinopsRowsAreCreatedReadChangedAndDeleted', async ({ finops }) => {
  const made = await connect(finops).post('Currencies', currency).query();
  assert.equal(made.CurrencyCode, 'XTS');
  assert.equal((await connect(finops).get("Currencies('XTS')").query()).Name, 'Test');
  await connect(finops).patch("Currencies('XTS')", { Name: 'changed' }).query();
  const found = await connect(finops).get('Currencies').query({ $filter: "CurrencyCode eq 'XTS'", $select: 'Name' });
  assert.deepEqual(
    found.map((row) => row.Name),
    ['changed']
  );
  await connect(finops).delete("Currencies('XTS')").query();
  assert.equal((await connect(finops).get('Currencies').query({ $filter: "CurrencyCode eq 'XTS'" })).length, 0);
});

claim('FinopsKeysOfTwoPartsAddressARow', async ({ finops }) => {
  await connect(finops)
    .post('CustomersV3', { dataAreaId: 'dat', CustomerAccount: 'C1', OrganizationName: 'A', CustomerGroupId: '10' })
    .fetch();
  const row = await connect(finops).get(keyed).query({ 'cross-company': true });
  assert.equal(row.OrganizationName, 'A');
  assert.equal(row.dataAreaId, 'dat');
  assert.match(row['@odata.etag'], /^W\/"[A-Za-z0-9+/=]+"$/);
});

claim('FinopsDoesNotCreateByPatch', async ({ finops }) => {
  const answer = await connect(finops)
    .patch("Currencies('XTS')", { Name: 'x' })
    .query()
    .catch((error) => error);
  assert.equal(answer.status, 404);
});

claim('FinopsAnswersABatchWhosePartFailsWith200', async ({ finops }) => {
  await connect(finops).post('Currencies', currency).fetch();
  const answers = await connect(finops).get("Currencies('XTS')").get('NoSuchSet').batch();
  assert.deepEqual(
    answers.map((each) => each.status),
    [200, 404]
  );
  assert.equal(answers[0].body.CurrencyCode, 'XTS');
});

claim('FinopsAnswersAChangeSet', async ({ finops }) => {
  const client = connect(finops, { useChangset: true });
  const answers = await client
    .post('Currencies', currency)
    .post('Currencies', { CurrencyCode: 'XXX', Name: 'None' })
    .batch();
  assert.deepEqual(
    answers.map((each) => each.status),
    [201, 201]
  );
  assert.deepEqual(
    answers.map((each) => each.body.CurrencyCode),
    ['XTS', 'XXX']
  );
});

claim('FinopsCountsAndPages', async ({ finops }) => {
  for (const CurrencyCode of ['AAA', 'BBB', 'CCC']) await connect(finops).post('Currencies', { CurrencyCode }).fetch();
  const count = Number(await connect(finops).get('Currencies/$count').query());
  assert.ok(count >= 3);
  const page = await connect(finops)
    .get('Currencies')
    .query({ $orderby: 'CurrencyCode', $skip: 1, $top: 1, $select: 'CurrencyCode' });
  const all = await connect(finops).get('Currencies').query({ $orderby: 'CurrencyCode', $select: 'CurrencyCode' });
  assert.equal(all.length, count);
  assert.equal(page[0].CurrencyCode, all[1].CurrencyCode);
});
