// Functions and actions with dynamics-web-api.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, guid_pattern, refused } from './client.mjs';

const type = 'Microsoft.Dynamics.CRM.account';

async function names(api) {
  const found = await api.retrieveMultiple({ collection: 'accounts', select: ['name'], orderBy: ['name'] });
  return found.value.map((row) => row.name);
}

claim('WhoAmINamesThreeIds', async (sandbox) => {
  const who = await connect(sandbox).callFunction('WhoAmI');
  for (const member of ['UserId', 'BusinessUnitId', 'OrganizationId']) assert.match(who[member], guid_pattern);
  assert.equal(who.oDataContext, `${sandbox.dataverse.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`);
});

claim('AnUnknownActionIs404', async (sandbox) => {
  const error = await refused(connect(sandbox).callAction({ actionName: 'NoSuchAction', action: {} }));
  assert.equal(error.status, 404);
});
claim('AFunctionTakesAParameterByAlias', async (sandbox) => {
  const api = connect(sandbox);
  await api.create({ collection: 'accounts', data: { name: 'A' } });
  const answer = await api.callFunction({ name: 'RetrieveTotalRecordCount', parameters: { EntityNames: ['account'] } });
  const { Keys: keys, Values: values } = answer.EntityRecordCountCollection;
  assert.deepEqual([keys, values], [['account'], [1]]);
});

claim('CreateMultipleGivesTheIdsInOrder', async (sandbox) => {
  const api = connect(sandbox);
  const answer = await api.callAction({
    collection: 'accounts',
    actionName: 'Microsoft.Dynamics.CRM.CreateMultiple',
    action: {
      Targets: [
        { '@odata.type': type, name: 'A' },
        { '@odata.type': type, name: 'B' },
      ],
    },
  });
  assert.equal(answer.Ids.length, 2);
  const second = await api.retrieve({ collection: 'accounts', key: answer.Ids[1], select: ['name'] });
  assert.equal(second.name, 'B');
});

claim('UpdateMultipleChangesEachRow', async (sandbox) => {
  const api = connect(sandbox);
  const ids = [];
  for (const name of ['A', 'B']) ids.push(await api.create({ collection: 'accounts', data: { name } }));
  await api.callAction({
    collection: 'accounts',
    actionName: 'Microsoft.Dynamics.CRM.UpdateMultiple',
    action: { Targets: ids.map((accountid, i) => ({ '@odata.type': type, accountid, name: `new ${i}` })) },
  });
  assert.deepEqual(await names(api), ['new 0', 'new 1']);
});

claim('UpsertMultipleTakesAlternateKeysFromTheId', async (sandbox) => {
  const api = connect(sandbox);
  const { cdm_companyid: company } = await api.retrieve({ collection: 'cdm_companies', key: "cdm_companycode='usmf'" });
  const target = (number, name) => ({
    '@odata.type': type,
    '@odata.id': `accounts(accountnumber='${number}',_msdyn_company_value=${company})`,
    name,
  });
  const upsert = (Targets) =>
    api.callAction({
      collection: 'accounts',
      actionName: 'Microsoft.Dynamics.CRM.UpsertMultiple',
      action: { Targets },
    });
  await upsert([target('1', 'one')]);
  await upsert([target('1', 'uno'), target('2', 'two')]);
  assert.deepEqual(await names(api), ['two', 'uno']);
});

claim('OneBadRowUndoesAWholeCreateMultiple', async (sandbox) => {
  const api = connect(sandbox);
  const error = await refused(
    api.callAction({
      collection: 'accounts',
      actionName: 'Microsoft.Dynamics.CRM.CreateMultiple',
      action: {
        Targets: [
          { '@odata.type': type, name: 'A' },
          { '@odata.type': type, nosuchcolumn: 1 },
        ],
      },
    })
  );
  assert.equal(error.status, 400);
  assert.deepEqual(await names(api), []);
});
