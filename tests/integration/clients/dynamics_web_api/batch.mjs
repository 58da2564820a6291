// $batch with dynamics-web-api: how it writes parts, and how strictly it reads the answer.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, guid_pattern, refused, unknown_id } from './client.mjs';

async function names(api) {
  const found = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], orderBy: ['name'] });
  return found.value.map((row) => row.name);
}

claim('ReadsAreAnsweredInOrder', async (sandbox) => {
  const api = connect(sandbox);
  const key = await api.create({ collection: 'accounts', data: { name: 'A' } });
  api.startBatch();
  api.retrieveMultiple({ collection: 'accounts', select: ['name'] });
  api.retrieve({ collection: 'accounts', key, select: ['name'] });
  api.callFunction('WhoAmI');
  const [list, row, who] = await api.executeBatch();
  assert.deepEqual(
    list.value.map((each) => each.name),
    ['A']
  );
  assert.equal(row.accountid, key);
  assert.match(who.UserId, guid_pattern);
});

claim('AChangeSetCreatesRowsAndGivesTheirIds', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' } });
  api.create({ collection: 'accounts', data: { name: 'B' } });
  const ids = await api.executeBatch();
  assert.equal(ids.length, 2);
  for (const id of ids) assert.match(id, guid_pattern);
  assert.deepEqual(await names(api), ['A', 'B']);
});

claim('AChangeSetMixesCreateUpdateUpsertAndDelete', async (sandbox) => {
  const api = connect(sandbox);
  const changed = await api.create({ collection: 'accounts', data: { name: 'A' } });
  const deleted = await api.create({ collection: 'accounts', data: { name: 'B' } });
  api.startBatch();
  api.update({ collection: 'accounts', key: changed, data: { name: 'A2' } });
  api.deleteRecord({ collection: 'accounts', key: deleted });
  api.upsert({ collection: 'accounts', key: unknown_id, data: { name: 'C' } });
  api.create({ collection: 'accounts', data: { name: 'D' } });
  const [updated, removed, upserted, created] = await api.executeBatch();
  assert.equal(updated, true);
  assert.equal(removed, true);
  assert.equal(upserted, unknown_id);
  assert.match(created, guid_pattern);
  assert.deepEqual(await names(api), ['A2', 'C', 'D']);
});

claim('ABindRefersToAnEarlierPartByItsContentId', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'P' }, contentId: '1' });
  api.create({ collection: 'accounts', data: { name: 'C', 'parentaccountid@odata.bind': '$1' }, contentId: '2' });
  const [parent, key] = await api.executeBatch();
  const child = await api.retrieve({ collection: 'accounts', key, select: ['_parentaccountid_value'] });
  assert.equal(child._parentaccountid_value, parent);
});

claim('AnAddressRefersToAnEarlierPartByItsContentId', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' }, contentId: '1' });
  api.update({ contentId: '$1', data: { telephone1: '5' } });
  const [key] = await api.executeBatch();
  const row = await api.retrieve({ collection: 'accounts', key, select: ['name', 'telephone1'] });
  assert.equal(row.name, 'A');
  assert.equal(row.telephone1, '5');
});

claim('AReferenceToAPropertyOfAnEarlierPartSetsIt', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'P' }, contentId: '1' });
  api.create({ collection: 'accounts', data: { name: 'C' }, contentId: '2' });
  api.associateSingleValued({
    collection: '$2',
    navigationProperty: 'parentaccountid',
    relatedKey: '$1',
    relatedCollection: 'accounts',
  });
  const [parent, key] = await api.executeBatch();
  const child = await api.retrieve({ collection: 'accounts', key, select: ['_parentaccountid_value'] });
  assert.equal(child._parentaccountid_value, parent);
});

claim('RepresentationsComeBackFromAChangeSet', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' }, returnRepresentation: true, select: ['name'] });
  api.create({ collection: 'accounts', data: { name: 'B' }, returnRepresentation: true, select: ['name'] });
  const rows = await api.executeBatch();
  assert.deepEqual(
    rows.map((row) => row.name),
    ['A', 'B']
  );
  for (const row of rows) assert.match(row['@odata.etag'], /^W\/"\d+"$/);
});

claim('AFailedChangeSetIsOneErrorAndLeavesNothing', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' } });
  api.create({ collection: 'accounts', data: { nosuchcolumn: 1 } });
  api.create({ collection: 'accounts', data: { name: 'C' } });
  const answers = await refused(api.executeBatch());
  assert.equal(answers.length, 1);
  assert.equal(answers[0].status, 400);
  // Of an error inside a batch the library does not unpack the JSON.
  assert.match(answers[0].error.message, /nosuchcolumn/);
  assert.deepEqual(await names(api), []);
});

claim('WithoutContinueOnErrorWhatFollowsAFailureIsNotRun', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' }, inChangeSet: false });
  api.retrieve({ collection: 'accounts', key: unknown_id });
  api.create({ collection: 'accounts', data: { name: 'C' }, inChangeSet: false });
  const answers = await refused(api.executeBatch());
  assert.equal(answers.length, 2);
  assert.match(answers[0], guid_pattern);
  assert.equal(answers[1].status, 404);
  assert.equal(answers[1].error.code, '0x80040217');
  assert.deepEqual(await names(api), ['A']);
});

claim('WithContinueOnErrorEveryPartIsAnswered', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' }, inChangeSet: false });
  api.retrieve({ collection: 'accounts', key: unknown_id });
  api.create({ collection: 'accounts', data: { name: 'C' }, inChangeSet: false });
  const answers = await api.executeBatch({ continueOnError: true });
  assert.equal(answers.length, 3);
  assert.match(answers[0], guid_pattern);
  assert.equal(answers[1].status, 404);
  assert.match(answers[2], guid_pattern);
  assert.deepEqual(await names(api), ['A', 'C']);
});

claim('TwoChangeSetsWithAReadBetweenThemAreTwoTransactions', async (sandbox) => {
  const api = connect(sandbox);
  api.startBatch();
  api.create({ collection: 'accounts', data: { name: 'A' } });
  api.retrieveMultiple({ collection: 'accounts', select: ['name'] });
  api.create({ collection: 'accounts', data: { name: 'B' } });
  api.create({ collection: 'accounts', data: { nosuchcolumn: 1 } });
  const answers = await api.executeBatch({ continueOnError: true });
  assert.equal(answers.length, 3);
  assert.match(answers[0], guid_pattern);
  assert.deepEqual(
    answers[1].value.map((row) => row.name),
    ['A']
  );
  assert.equal(answers[2].status, 400);
  assert.deepEqual(await names(api), ['A']);
});

claim('ACountInABatchIsANumber', async (sandbox) => {
  const api = connect(sandbox);
  await api.create({ collection: 'accounts', data: { name: 'A' } });
  api.startBatch();
  api.count({ collection: 'accounts' });
  api.count({ collection: 'accounts', filter: "name eq 'A'" });
  assert.deepEqual(await api.executeBatch(), [1, 1]);
});

claim('ConditionsHoldInsideAChangeSet', async (sandbox) => {
  const api = connect(sandbox);
  const row = await api.create({
    collection: 'accounts',
    data: { name: 'A' },
    returnRepresentation: true,
    select: ['name'],
  });
  const write = async (name) => {
    api.startBatch();
    api.update({ collection: 'accounts', key: row.accountid, data: { name }, ifmatch: row['@odata.etag'] });
    return api.executeBatch();
  };
  assert.deepEqual(await write('B'), [true]);
  const answers = await refused(write('C'));
  assert.equal(answers[0].status, 412);
  assert.deepEqual(await names(api), ['B']);
});
