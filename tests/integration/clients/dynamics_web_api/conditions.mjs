// If-Match and If-None-Match as dynamics-web-api sends them, and what it makes of 404 and 412.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, refused, unknown_id } from './client.mjs';

async function one(api) {
  const row = await api.create({
    collection: 'accounts',
    data: { name: 'A' },
    returnRepresentation: true,
    select: ['name'],
  });
  return { key: row.accountid, etag: row['@odata.etag'] };
}

claim('AnUpsertOfAMissingRowCreatesItUnderThatId', async (sandbox) => {
  const api = connect(sandbox);
  assert.equal(await api.upsert({ collection: 'accounts', key: unknown_id, data: { name: 'A' } }), unknown_id);
  assert.equal((await api.retrieve({ collection: 'accounts', key: unknown_id, select: ['name'] })).name, 'A');
});

claim('AnUpsertOfAnExistingRowChangesIt', async (sandbox) => {
  const api = connect(sandbox);
  const { key } = await one(api);
  assert.equal(await api.upsert({ collection: 'accounts', key, data: { name: 'B' } }), key);
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['name'] })).name, 'B');
});

claim('AnUpsertWithIfNoneMatchStarLeavesAnExistingRow', async (sandbox) => {
  const api = connect(sandbox);
  const { key } = await one(api);
  // The library turns 412 into null here.
  assert.equal(await api.upsert({ collection: 'accounts', key, data: { name: 'B' }, ifnonematch: '*' }), null);
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['name'] })).name, 'A');
  const strict = connect(sandbox, { propagateErrors: true });
  const error = await refused(strict.upsert({ collection: 'accounts', key, data: { name: 'B' }, ifnonematch: '*' }));
  assert.deepEqual(error, {
    status: 412,
    code: '0x80040237',
    message: 'A record with matching key values already exists.',
  });
});

claim('AnUpsertWithIfNoneMatchStarCreatesAMissingRow', async (sandbox) => {
  const api = connect(sandbox);
  const made = await api.upsert({ collection: 'accounts', key: unknown_id, data: { name: 'A' }, ifnonematch: '*' });
  assert.equal(made, unknown_id);
});

claim('AnUpsertWithIfMatchStarCreatesNothing', async (sandbox) => {
  const api = connect(sandbox);
  // The library turns 404 into null here, and only 404.
  assert.equal(await api.upsert({ collection: 'accounts', key: unknown_id, data: { name: 'A' }, ifmatch: '*' }), null);
  assert.equal(await api.count({ collection: 'accounts' }), 0);
  const strict = connect(sandbox, { propagateErrors: true });
  const error = await refused(
    strict.upsert({ collection: 'accounts', key: unknown_id, data: { name: 'A' }, ifmatch: '*' })
  );
  assert.equal(error.status, 404);
  assert.equal(error.code, '0x80040217');
});

claim('AnUpdateWithTheCurrentEtagSucceedsOnce', async (sandbox) => {
  const api = connect(sandbox);
  const { key, etag } = await one(api);
  assert.equal(await api.update({ collection: 'accounts', key, data: { name: 'B' }, ifmatch: etag }), true);
  // The library turns 412 into false here.
  assert.equal(await api.update({ collection: 'accounts', key, data: { name: 'C' }, ifmatch: etag }), false);
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['name'] })).name, 'B');
  const strict = connect(sandbox, { propagateErrors: true });
  const error = await refused(strict.update({ collection: 'accounts', key, data: { name: 'C' }, ifmatch: etag }));
  assert.deepEqual(error, {
    status: 412,
    code: '0x80060882',
    message: "The version of the existing record doesn't match the RowVersion property provided.",
  });
});

claim('ADeleteWithAStaleEtagIsRefused', async (sandbox) => {
  const api = connect(sandbox);
  const { key, etag } = await one(api);
  await api.update({ collection: 'accounts', key, data: { name: 'B' } });
  assert.equal(await api.deleteRecord({ collection: 'accounts', key, ifmatch: etag }), false);
  const now = await api.retrieve({ collection: 'accounts', key, select: ['name'] });
  assert.equal(await api.deleteRecord({ collection: 'accounts', key, ifmatch: now['@odata.etag'] }), true);
});

claim('ARetrieveWithTheCurrentEtagHasNoBody', async (sandbox) => {
  const api = connect(sandbox);
  const { key, etag } = await one(api);
  assert.equal(await api.retrieve({ collection: 'accounts', key, select: ['name'], ifnonematch: etag }), undefined);
  await api.update({ collection: 'accounts', key, data: { name: 'B' } });
  assert.equal((await api.retrieve({ collection: 'accounts', key, select: ['name'], ifnonematch: etag })).name, 'B');
});
