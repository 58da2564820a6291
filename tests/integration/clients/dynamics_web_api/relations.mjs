// Collections and aggregates with dynamics-web-api.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, refused } from './client.mjs';

/** A parent with the children C1, C2 and C3, whose credit limits are 1, 2 and 3; gives its id. */
async function family(api) {
  const parent = await api.create({ collection: 'accounts', data: { name: 'P' } });
  for (const i of [3, 1, 2]) {
    await api.create({
      collection: 'accounts',
      data: { name: `C${i}`, creditlimit: i, 'parentaccountid@odata.bind': `/accounts(${parent})` },
    });
  }
  return parent;
}

claim('ACollectionIsExpandedWithItsOptions', async (sandbox) => {
  const api = connect(sandbox);
  const key = await family(api);
  const row = await api.retrieve({
    collection: 'accounts',
    key,
    select: ['name'],
    expand: [
      {
        property: 'account_parent_account',
        select: ['name'],
        filter: 'creditlimit gt 1',
        orderBy: ['name desc'],
        top: 5,
      },
    ],
  });
  assert.deepEqual(
    row.account_parent_account.map((child) => child.name),
    ['C3', 'C2']
  );
  assert.match(row['account_parent_account@odata.nextLink'], /account_parent_account\?\$select=name/);
});

claim('ANestedExpandOfACollection', async (sandbox) => {
  const api = connect(sandbox);
  const key = await family(api);
  const row = await api.retrieve({
    collection: 'accounts',
    key,
    select: ['name'],
    expand: [
      {
        property: 'account_parent_account',
        select: ['name'],
        expand: [{ property: 'parentaccountid', select: ['name'] }],
      },
    ],
  });
  assert.equal(row.account_parent_account.length, 3);
  assert.equal(row.account_parent_account[0].parentaccountid.name, 'P');
});

claim('AFilterMayAskForMembersOfACollection', async (sandbox) => {
  const api = connect(sandbox);
  await family(api);
  const named = async (filter) => {
    const found = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], filter, orderBy: ['name'] });
    return found.value.map((row) => row.name);
  };
  assert.deepEqual(await named('account_parent_account/any(c:c/creditlimit eq 2)'), ['P']);
  assert.deepEqual(await named('account_parent_account/all(c:c/creditlimit gt 1)'), ['C1', 'C2', 'C3']);
});

claim('ApplyGroupsAndAggregates', async (sandbox) => {
  const api = connect(sandbox);
  await family(api);
  const sums = await api.retrieveMultiple({
    collection: 'accounts',
    apply: 'filter(creditlimit gt 1)/groupby((statuscode),aggregate(creditlimit with sum as total,$count as n))',
  });
  assert.deepEqual(
    sums.value.map(({ statuscode, total, n }) => [statuscode, total, n]),
    [[1, 5, 2]]
  );
  const error = await refused(api.retrieveMultiple({ collection: 'accounts', apply: 'groupby((createdon))' }));
  assert.equal(error.status, 400);
});

claim('RowsOfACollectionAreCreatedWithTheirRow', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({
    collection: 'accounts',
    data: { name: 'P', account_parent_account: [{ name: 'A' }, { name: 'B' }] },
  });
  const row = await api.retrieve({
    collection: 'accounts',
    key,
    expand: [{ property: 'account_parent_account', select: ['name'], orderBy: ['name'] }],
  });
  assert.deepEqual(
    row.account_parent_account.map((child) => child.name),
    ['A', 'B']
  );
});

claim('JobsOfWebhooksAreATable', async (sandbox) => {
  const found = await connect(sandbox).retrieveMultiple({
    collection: 'asyncoperations',
    select: ['statuscode', 'message'],
    filter: 'statuscode eq 31',
  });
  assert.deepEqual(found.value, []);
});
