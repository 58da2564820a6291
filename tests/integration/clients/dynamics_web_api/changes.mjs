// Change tracking with dynamics-web-api: the delta link and what it brings.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, refused } from './client.mjs';

const tracked = { collection: 'accounts', select: ['name'], trackChanges: true };

claim('TheFirstReadGivesAllRowsAndADeltaLink', async (sandbox) => {
  const api = connect(sandbox);
  await api.create({ collection: 'accounts', data: { name: 'A' } });
  const first = await api.retrieveMultiple(tracked);
  assert.deepEqual(
    first.value.map((row) => row.name),
    ['A']
  );
  assert.ok(first.oDataDeltaLink.startsWith(`${sandbox.dataverse.root}accounts?$select=name&$deltatoken=`));
  assert.match(decodeURIComponent(first.oDataDeltaLink), /\$deltatoken=\d+!\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/);
});

claim('TheDeltaLinkBringsChangesAndThenDeletions', async (sandbox) => {
  const api = connect(sandbox);
  const gone = await api.create({ collection: 'accounts', data: { name: 'gone' } });
  const kept = await api.create({ collection: 'accounts', data: { name: 'kept' } });
  const first = await api.retrieveMultiple(tracked);
  await api.deleteRecord({ collection: 'accounts', key: gone });
  await api.update({ collection: 'accounts', key: kept, data: { name: 'changed' } });
  const fresh = await api.create({ collection: 'accounts', data: { name: 'new' } });
  const delta = await api.retrieveMultiple({ collection: 'accounts', select: ['name'] }, first.oDataDeltaLink);
  assert.equal(delta.oDataContext, `${sandbox.dataverse.root}$metadata#accounts(name)/$delta`);
  assert.deepEqual(
    delta.value.slice(0, 2).map((row) => [row.accountid, row.name]),
    [
      [kept, 'changed'],
      [fresh, 'new'],
    ]
  );
  const { '@odata.context': context, id, reason } = delta.value[2];
  assert.deepEqual(
    [context, id, reason],
    [`${sandbox.dataverse.root}$metadata#accounts/$deletedEntity`, gone, 'deleted']
  );
  assert.equal(delta.value.length, 3);
  const quiet = await api.retrieveMultiple({ collection: 'accounts' }, delta.oDataDeltaLink);
  assert.deepEqual(quiet.value, []);
});

claim('PagesOfATrackedReadEndInADeltaLink', async (sandbox) => {
  const api = connect(sandbox);
  for (const name of ['a', 'b', 'c']) await api.create({ collection: 'accounts', data: { name } });
  const all = await api.retrieveAll({ ...tracked, maxPageSize: 2 });
  assert.equal(all.value.length, 3);
  await api.create({ collection: 'accounts', data: { name: 'd' } });
  const delta = await api.retrieveMultiple({ collection: 'accounts' }, all.oDataDeltaLink);
  assert.deepEqual(
    delta.value.map((row) => row.name),
    ['d']
  );
});

claim('PagesOfADeltaEndInADeltaLink', async (sandbox) => {
  const api = connect(sandbox);
  const first = await api.retrieveMultiple(tracked);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.create({ collection: 'accounts', data: { name } });
  const names = [];
  let link = first.oDataDeltaLink;
  let pages = 0;
  for (; pages < 10; pages += 1) {
    const page = await api.retrieveMultiple({ collection: 'accounts', maxPageSize: 2 }, link);
    names.push(...page.value.map((row) => row.name));
    if (page.oDataDeltaLink !== undefined) break;
    link = page.oDataNextLink;
  }
  assert.deepEqual(names, ['a', 'b', 'c', 'd', 'e']);
  assert.equal(pages, 2);
});

claim('AFilterIsRefusedWithTracking', async (sandbox) => {
  const error = await refused(connect(sandbox).retrieveMultiple({ ...tracked, filter: "name eq 'a'" }));
  assert.equal(error.status, 400);
  assert.equal(error.message, `The "$filter" query parameter isn't supported when Change Tracking is enabled.`);
});

claim('AnExpiredDeltaLinkBearsItsCode', async (sandbox) => {
  const api = connect(sandbox);
  const first = await api.retrieveMultiple(tracked);
  const expired = await fetch(`${sandbox.urls.dataverse}/_sandbox/dataverse/expire-delta-tokens`, { method: 'POST' });
  assert.equal(expired.status, 204);
  const error = await refused(api.retrieveMultiple({ collection: 'accounts' }, first.oDataDeltaLink));
  assert.equal(error.code, '0x80044352');
  assert.equal(error.message, 'Version stamp associated with the client has expired. Please perform a full sync.');
});
