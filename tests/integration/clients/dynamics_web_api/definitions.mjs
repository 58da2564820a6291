// The definitions of tables and columns with dynamics-web-api.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, guid_pattern, refused } from './client.mjs';

const account = "LogicalName='account'";

claim('ATableIsReadByItsLogicalName', async (sandbox) => {
  const table = await connect(sandbox).retrieveEntity({
    key: account,
    select: [
      'LogicalName',
      'SchemaName',
      'EntitySetName',
      'PrimaryIdAttribute',
      'PrimaryNameAttribute',
      'ChangeTrackingEnabled',
      'IsOptimisticConcurrencyEnabled',
    ],
  });
  assert.equal(table.SchemaName, 'Account');
  assert.equal(table.EntitySetName, 'accounts');
  assert.equal(table.PrimaryIdAttribute, 'accountid');
  assert.equal(table.PrimaryNameAttribute, 'name');
  assert.equal(table.ChangeTrackingEnabled, true);
  assert.equal(table.IsOptimisticConcurrencyEnabled, true);
  assert.match(table.MetadataId, guid_pattern);
});

claim('ATableIsReadByItsMetadataId', async (sandbox) => {
  const api = connect(sandbox);
  const { MetadataId } = await api.retrieveEntity({ key: account, select: ['LogicalName'] });
  assert.equal((await api.retrieveEntity({ key: MetadataId, select: ['LogicalName'] })).LogicalName, 'account');
});

claim('TablesAreListedAndFiltered', async (sandbox) => {
  const api = connect(sandbox);
  const all = await api.retrieveEntities({ select: ['LogicalName', 'EntitySetName'] });
  assert.ok(all.value.some((table) => table.LogicalName === 'account' && table.EntitySetName === 'accounts'));
  const one = await api.retrieveEntities({ select: ['EntitySetName'], filter: "LogicalName eq 'cdm_company'" });
  assert.deepEqual(
    one.value.map((table) => table.EntitySetName),
    ['cdm_companies']
  );
});

claim('TheAlternateKeysOfATableAreExpanded', async (sandbox) => {
  const table = await connect(sandbox).retrieveEntity({
    key: account,
    select: ['SchemaName'],
    expand: [{ property: 'Keys', select: ['LogicalName', 'KeyAttributes', 'EntityKeyIndexStatus'] }],
  });
  const key = table.Keys.find((each) => each.LogicalName === 'msdyn_accountkey');
  assert.deepEqual(key.KeyAttributes, ['accountnumber', 'msdyn_company']);
  assert.equal(key.EntityKeyIndexStatus, 'Active');
});

claim('TheColumnsOfATableAreListed', async (sandbox) => {
  const columns = await connect(sandbox).retrieveAttributes({
    entityKey: account,
    select: ['LogicalName', 'AttributeType', 'IsPrimaryId'],
  });
  const types = new Map(columns.value.map((column) => [column.LogicalName, column.AttributeType]));
  assert.equal(types.get('name'), 'String');
  assert.equal(types.get('revenue'), 'Money');
  assert.equal(types.get('parentaccountid'), 'Lookup');
  assert.equal(types.get('accountid'), 'Uniqueidentifier');
});

claim('EntityNamesCanStandForSetNames', async (sandbox) => {
  const api = connect(sandbox, { useEntityNames: true });
  const parent = await api.create({ collection: 'account', data: { name: 'A' } });
  const key = await api.create({
    collection: 'account',
    data: { name: 'B', 'parentaccountid@odata.bind': `/account(${parent})` },
  });
  const row = await api.retrieve({ collection: 'account', key, select: ['_parentaccountid_value'] });
  assert.equal(row._parentaccountid_value, parent);
});

claim('AnUnknownTableIs404', async (sandbox) => {
  const error = await refused(connect(sandbox).retrieveEntity({ key: "LogicalName='nosuchtable'" }));
  assert.equal(error.status, 404);
});

claim('TheCsdlDocumentIsXml', async (sandbox) => {
  const text = await connect(sandbox).retrieveCsdlMetadata();
  assert.match(text, /^<\?xml version="1\.0" encoding="utf-8"\?>\s*<edmx:Edmx Version="4\.0"/);
  assert.match(text, /<EntityType Name="account" BaseType="mscrm\.crmbaseentity">/);
});
claim('ACastToAKindOfColumnListsThatKindOnly', async (sandbox) => {
  const api = connect(sandbox);
  const columns = await api.retrieveAttributes({
    entityKey: account,
    castType: 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
    select: ['LogicalName'],
    expand: [{ property: 'OptionSet', select: ['Options'] }],
  });
  assert.ok(columns.value.length > 3);
  const category = columns.value.find((column) => column.LogicalName === 'accountcategorycode');
  assert.deepEqual(
    category.OptionSet.Options.map((option) => option.Value),
    [1, 2]
  );
  assert.equal(category.OptionSet.Options[0].Label.UserLocalizedLabel.Label, 'Preferred Customer');
  assert.equal(
    columns.value.some((column) => column.LogicalName === 'name'),
    false
  );
});

claim('OneColumnIsReadByItsLogicalName', async (sandbox) => {
  const column = await connect(sandbox).retrieveAttribute({
    entityKey: account,
    attributeKey: "LogicalName='name'",
    castType: 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    select: ['LogicalName', 'MaxLength'],
  });
  assert.equal(column.LogicalName, 'name');
  assert.equal(column.MaxLength, 160);
});
