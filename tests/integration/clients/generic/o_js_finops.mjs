// What F&O does in its own way, seen by o.js, which expects the standard.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect } from './o_js_client.mjs';

const key = (company, account) => `CustomersV3(dataAreaId='${company}',CustomerAccount='${account}')`;

async function customer(finops, company, account, more = {}) {
  const row = { dataAreaId: company, CustomerAccount: account, OrganizationName: 'A', CustomerGroupId: '10', ...more };
  return connect(finops).post('CustomersV3', row).query();
}

claim('AnEtagGuardsAWrite', async ({ finops }) => {
  const made = await customer(finops, 'dat', 'C1');
  const guarded = { headers: { 'If-Match': made['@odata.etag'] } };
  const change = (OrganizationName) => connect(finops, guarded).patch(key('dat', 'C1'), { OrganizationName }).fetch();
  assert.equal((await change('B')).status, 204);
  assert.equal((await change('C')).status, 412);
  const now = await connect(finops).get(key('dat', 'C1')).query();
  assert.equal(now.OrganizationName, 'B');
  assert.notEqual(now['@odata.etag'], made['@odata.etag']);
});

claim('AnEtagListsVersionsAndRecordsInBase64', async ({ finops }) => {
  const made = await customer(finops, 'dat', 'C1');
  const [, base64] = /^W\/"([A-Za-z0-9+/=]+)"$/.exec(made['@odata.etag']);
  assert.match(Buffer.from(base64, 'base64').toString('latin1'), /^'\d+,\d+(;\d+,\d+)*'$/);
});

claim('OnlyTheDefaultCompanyIsVisibleUnlessAllAreAskedFor', async ({ finops }) => {
  await customer(finops, 'dat', 'C1');
  await customer(finops, 'usmf', 'C2');
  const accounts = async (query) =>
    (
      await connect(finops)
        .get('CustomersV3')
        .query({ $select: 'CustomerAccount', $orderby: 'CustomerAccount', ...query })
    ).map((row) => row.CustomerAccount);
  assert.deepEqual(await accounts({}), ['C1']);
  assert.deepEqual(await accounts({ 'cross-company': true }), ['C1', 'C2']);
  assert.equal((await connect(finops).get(key('usmf', 'C2')).fetch()).status, 404);
  assert.equal((await connect(finops).get(key('usmf', 'C2')).fetch({ 'cross-company': true })).status, 200);
});

claim('EmptyTextIsNotNullAndEnumerationsAreNames', async ({ finops }) => {
  const made = await customer(finops, 'dat', 'C1');
  assert.equal(made.SalesMemo, '');
  assert.equal(made.OnHoldStatus, 'No');
  const held = await connect(finops).get('CustomersV3').query({
    $filter: "OnHoldStatus eq Microsoft.Dynamics.DataEntities.CustVendorBlocked'No'",
    $select: 'CustomerAccount',
  });
  assert.deepEqual(
    held.map((row) => row.CustomerAccount),
    ['C1']
  );
});

claim('ANextLinkIsFollowedAsItIs', async ({ finops }) => {
  for (const account of ['C1', 'C2', 'C3', 'C4', 'C5']) await customer(finops, 'dat', account);
  const found = [];
  const paged = { headers: { Prefer: 'odata.maxpagesize=2' } };
  let link = 'CustomersV3?$select=CustomerAccount&$orderby=CustomerAccount';
  let pages = 0;
  for (; link !== undefined && pages < 10; pages += 1) {
    const answer = await connect(finops, paged).get(link).fetch();
    assert.equal(answer.status, 200);
    const page = await answer.json();
    found.push(...page.value.map((row) => row.CustomerAccount));
    link = page['@odata.nextLink'];
  }
  assert.deepEqual(found, ['C1', 'C2', 'C3', 'C4', 'C5']);
  assert.equal(pages, 3);
});

claim('ASecondRowOfTheSameKeyInAnyCaseIsRefusedWithTheInfolog', async ({ finops }) => {
  await customer(finops, 'dat', 'C1');
  const again = { dataAreaId: 'dat', CustomerAccount: 'c1', OrganizationName: 'B', CustomerGroupId: '10' };
  const answer = await connect(finops).post('CustomersV3', again).fetch();
  assert.equal(answer.status, 400);
  const { error } = await answer.json();
  assert.equal(error.message, 'An error has occurred.');
  assert.match(error.innererror.message, /Infolog: .*The record already exists/s);
});

claim('BothRootsServeTheSameRows', async ({ finops, urls }) => {
  await customer(finops, 'dat', 'C1');
  const other = { ...finops, root: `${urls.finops}/namespaces/AXSF/data/` };
  const found = await connect(other).get(key('dat', 'C1')).query();
  assert.equal(found.OrganizationName, 'A');
});
