// Creating, reading, changing and deleting rows with dynamics-web-api.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, guid_pattern, refused, unknown_id } from './client.mjs';

claim('ACreateWithoutRepresentationGivesTheId', async (sandbox) => {
  const id = await connect(sandbox).create({ collection: 'accounts', data: { name: 'A' } });
  assert.match(id, guid_pattern);
});

claim('ACreateWithRepresentationGivesTheRow', async (sandbox) => {
  const row = await connect(sandbox).create({
    collection: 'accounts',
    data: { name: 'A', numberofemployees: 7 },
    returnRepresentation: true,
    select: ['name', 'numberofemployees'],
  });
  assert.match(row['@odata.context'], /\/api\/data\/v9\.2\/\$metadata#accounts\(name,numberofemployees\)\/\$entity$/);
  assert.match(row['@odata.etag'], /^W\/"\d+"$/);
  assert.equal(row.name, 'A');
  assert.equal(row.numberofemployees, 7);
  assert.match(row.accountid, guid_pattern);
});

claim('TheCallerMayChooseTheId', async (sandbox) => {
  const api = connect(sandbox);
  const id = await api.create({ collection: 'accounts', data: { accountid: unknown_id, name: 'A' } });
  assert.equal(id, unknown_id);
  const again = await refused(api.create({ collection: 'accounts', data: { accountid: unknown_id, name: 'B' } }));
  assert.equal(again.status, 412);
  assert.equal(again.code, '0x80040237');
});

claim('ARetrieveGivesTheSelectedColumnsAndTheKey', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A', accountnumber: 'N1' } });
  const row = await api.retrieve({ collection: 'accounts', key, select: ['name', 'telephone1'] });
  assert.equal(row.name, 'A');
  assert.equal(row.telephone1, null);
  assert.equal(row.accountid, key);
  assert.equal('accountnumber' in row, false);
});

claim('TextOutsideAsciiComesBackUnharmed', async (sandbox) => {
  const api = connect(sandbox);
  const name = 'Žluťoučký "kůň" \\ 馬 🐎 \u007f \u2028';
  const key = await api.create({ collection: 'accounts', data: { name } });
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['name'] })).name, name);
});

claim('DatesBecomeDatesOfTheSameSecond', async (sandbox) => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A' } });
  const row = await api.retrieve({ collection: 'accounts', key, select: ['createdon', 'modifiedon'] });
  // The library makes Dates only of the exact form 2026-01-02T03:04:05Z.
  assert.ok(row.createdon instanceof Date);
  assert.ok(row.createdon.getTime() >= before && row.createdon.getTime() <= Date.now());
  assert.deepEqual(row.createdon, row.modifiedon);
});

claim('AnUpdateChangesOnlyWhatItNames', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A', telephone1: '1' } });
  assert.equal(await api.update({ collection: 'accounts', key, data: { telephone1: '2' } }), true);
  const row = await api.retrieve({ collection: 'accounts', key, select: ['name', 'telephone1'] });
  assert.equal(row.name, 'A');
  assert.equal(row.telephone1, '2');
});

claim('AnUpdateWithRepresentationGivesTheNewRow', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A' } });
  const row = await api.update({
    collection: 'accounts',
    key,
    data: { name: 'B' },
    returnRepresentation: true,
    select: ['name', 'versionnumber'],
  });
  assert.equal(row.name, 'B');
  assert.equal(row['@odata.etag'], `W/"${row.versionnumber}"`);
});

claim('AnUpdateOfAMissingRowIs404BecauseTheLibrarySendsIfMatchStar', async (sandbox) => {
  const error = await refused(
    connect(sandbox).update({ collection: 'accounts', key: unknown_id, data: { name: 'B' } })
  );
  assert.equal(error.status, 404);
  assert.equal(error.code, '0x80040217');
  assert.match(error.message, /Does Not Exist$/);
});

claim('OnePropertyIsSetAndCleared', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A' } });
  await api.updateSingleProperty({ collection: 'accounts', key, fieldValuePair: { telephone1: '5' } });
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['telephone1'] })).telephone1, '5');
  assert.equal(await api.deleteRecord({ collection: 'accounts', key, property: 'telephone1' }), true);
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['telephone1'] })).telephone1, null);
});

claim('ADeletedRowIsGone', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A' } });
  assert.equal(await api.deleteRecord({ collection: 'accounts', key }), true);
  assert.equal((await refused(api.retrieve({ collection: 'accounts', key }))).status, 404);
  const again = await refused(api.deleteRecord({ collection: 'accounts', key }));
  assert.equal(again.status, 404);
  assert.equal(again.code, '0x80040217');
});

claim('ALookupIsBoundByAddressAndReadBack', async (sandbox) => {
  const api = connect(sandbox);
  const parent = await api.create({ collection: 'accounts', data: { name: 'P' } });
  const key = await api.create({
    collection: 'accounts',
    data: { name: 'C', 'parentaccountid@odata.bind': `accounts(${parent})` },
  });
  const child = await api.retrieve({ collection: 'accounts', key, select: ['_parentaccountid_value'] });
  assert.equal(child._parentaccountid_value, parent);
  const reference = await api.retrieve({ collection: 'accounts', key, select: ['parentaccountid/$ref'] });
  assert.deepEqual(reference, {
    id: parent,
    collection: 'accounts',
    oDataContext: `${sandbox.dataverse.root}$metadata#$ref`,
  });
});

claim('ALookupIsAssociatedAndDisassociatedByReference', async (sandbox) => {
  const api = connect(sandbox);
  const parent = await api.create({ collection: 'accounts', data: { name: 'P' } });
  const child = await api.create({ collection: 'accounts', data: { name: 'C' } });
  const read = async () =>
    (await api.retrieve({ collection: 'accounts', key: child, select: ['_parentaccountid_value'] }))
      ._parentaccountid_value;
  await api.associateSingleValued({
    collection: 'accounts',
    primaryKey: child,
    navigationProperty: 'parentaccountid',
    relatedCollection: 'accounts',
    relatedKey: parent,
  });
  assert.equal(await read(), parent);
  await api.disassociateSingleValued({
    collection: 'accounts',
    primaryKey: child,
    navigationProperty: 'parentaccountid',
  });
  assert.equal(await read(), null);
});

claim('AnErrorHasTheServicesStatusCodeAndMessage', async (sandbox) => {
  const api = connect(sandbox);
  const unknown = await refused(api.create({ collection: 'accounts', data: { nosuchcolumn: 1 } }));
  assert.equal(unknown.status, 400);
  assert.match(unknown.code, /^0x80/);
  assert.match(unknown.message, /nosuchcolumn/);
  const set = await refused(api.retrieveMultiple({ collection: 'nosuchset' }));
  assert.equal(set.status, 404);
  assert.equal(set.message, "Resource not found for the segment 'nosuchset'.");
});

claim('AWorthlessTokenIs401', async (sandbox) => {
  const api = connect(sandbox, { onTokenRefresh: async () => 'worthless' });
  assert.equal((await refused(api.retrieveMultiple({ collection: 'accounts' }))).status, 401);
});
