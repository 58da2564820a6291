// Lists, counts and pages with dynamics-web-api.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, refused } from './client.mjs';

async function fill(api, names) {
  for (const name of names) await api.create({ collection: 'accounts', data: { name } });
}

claim('AFilterWithFunctionsAndParenthesesSelectsRows', async (sandbox) => {
  const api = connect(sandbox);
  await fill(api, ['alpha', 'beta', "o'neil", 'gamma']);
  const found = await api.retrieveMultiple({
    collection: 'accounts',
    select: ['name'],
    orderBy: ['name desc'],
    filter: "(contains(name,'lph') or name eq 'o''neil' or startswith(name,'GAM')) and not endswith(name,'zzz')",
  });
  assert.deepEqual(
    found.value.map((row) => row.name),
    ["o'neil", 'gamma', 'alpha']
  );
});

claim('CurlyBracketsAroundAGuidAreTheLibrarysBusiness', async (sandbox) => {
  const api = connect(sandbox);
  const id = await api.create({ collection: 'accounts', data: { name: 'A' } });
  const found = await api.retrieveMultiple({
    collection: 'accounts',
    select: ['name'],
    filter: `accountid eq {${id}}`,
  });
  assert.equal(found.value.length, 1);
});

claim('TopAndOrderLimitTheAnswerWithoutANextLink', async (sandbox) => {
  const api = connect(sandbox);
  await fill(api, ['a', 'b', 'c']);
  const found = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], orderBy: ['name'], top: 2 });
  assert.deepEqual(
    found.value.map((row) => row.name),
    ['a', 'b']
  );
  assert.equal(found.oDataNextLink, undefined);
});

claim('TheCountComesWithTheRowsAndAlone', async (sandbox) => {
  const api = connect(sandbox);
  await fill(api, ['a', 'b', 'c']);
  const found = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], count: true, top: 1 });
  assert.equal(found.oDataCount, 3);
  assert.equal(await api.count({ collection: 'accounts' }), 3);
  assert.equal(await api.count({ collection: 'accounts', filter: "name ne 'a'" }), 2);
});

claim('PagesAreFollowedByTheNextLinkToTheEnd', async (sandbox) => {
  const api = connect(sandbox);
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  await fill(api, names);
  const query = { collection: 'accounts', select: ['name'], orderBy: ['name'], maxPageSize: 3 };
  const first = await api.retrieveMultiple(query);
  assert.equal(first.value.length, 3);
  assert.match(first.oDataNextLink, /\$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22/);
  const second = await api.retrieveMultiple(query, first.oDataNextLink);
  assert.deepEqual(
    second.value.map((row) => row.name),
    ['d', 'e', 'f']
  );
  const all = await api.retrieveAll(query);
  assert.deepEqual(
    all.value.map((row) => row.name),
    names
  );
  assert.equal(await api.countAll(query), 7);
});

claim('AFilterStaysWithItsPages', async (sandbox) => {
  const api = connect(sandbox);
  await fill(api, ['xa', 'ya', 'xb', 'yb', 'xc']);
  const all = await api.retrieveAll({
    collection: 'accounts',
    select: ['name'],
    filter: "startswith(name,'x')",
    maxPageSize: 1,
  });
  assert.deepEqual(all.value.map((row) => row.name).sort(), ['xa', 'xb', 'xc']);
});

claim('ALookupIsExpanded', async (sandbox) => {
  const api = connect(sandbox);
  const parent = await api.create({ collection: 'accounts', data: { name: 'P', telephone1: '1' } });
  const key = await api.create({
    collection: 'accounts',
    data: { name: 'C', 'parentaccountid@odata.bind': `/accounts(${parent})` },
  });
  const row = await api.retrieve({
    collection: 'accounts',
    key,
    select: ['name'],
    expand: [{ property: 'parentaccountid', select: ['name'] }],
  });
  assert.equal(row.parentaccountid.name, 'P');
  assert.equal(row.parentaccountid.accountid, parent);
  assert.equal('telephone1' in row.parentaccountid, false);
});

claim('FormattedValuesAndTheLookupsTableAreAnnotations', async (sandbox) => {
  const api = connect(sandbox);
  const parent = await api.create({ collection: 'accounts', data: { name: 'P' } });
  const key = await api.create({
    collection: 'accounts',
    data: { name: 'C', 'parentaccountid@odata.bind': `/accounts(${parent})` },
  });
  const row = await api.retrieve({
    collection: 'accounts',
    key,
    select: ['statecode', '_parentaccountid_value'],
    includeAnnotations: '*',
  });
  assert.equal(row.statecode_Formatted, 'Active');
  assert.equal(row._parentaccountid_value_Formatted, 'P');
  assert.equal(row._parentaccountid_value_LogicalName, 'account');
  assert.equal(row._parentaccountid_value_NavigationProperty, 'parentaccountid');
});

claim('AQueryLongerThanTwoThousandCharactersGoesAsABatchAndComesBackAsAList', async (sandbox) => {
  const api = connect(sandbox);
  await fill(api, ['a', 'b']);
  const filter = Array.from({ length: 60 }, (_, i) => `name eq 'a long enough name number ${i}'`)
    .concat("name eq 'a'")
    .join(' or ');
  const found = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], filter });
  assert.deepEqual(
    found.value.map((row) => row.name),
    ['a']
  );
});

claim('AnUnknownColumnInAFilterIs400', async (sandbox) => {
  const error = await refused(connect(sandbox).retrieveMultiple({ collection: 'accounts', filter: "nosuch eq 'a'" }));
  assert.equal(error.status, 400);
  assert.match(error.message, /nosuch/);
});
