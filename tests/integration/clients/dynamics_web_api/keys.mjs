// Rows addressed by alternate keys with dynamics-web-api.
import assert from 'node:assert/strict';

import { claim } from '../harness.mjs';
import { connect, refused } from './client.mjs';

async function company_of(api) {
  return (await api.retrieve({ collection: 'cdm_companies', key: "cdm_companycode='usmf'" })).cdm_companyid;
}

claim('ARowIsReadByOneColumn', async (sandbox) => {
  const row = await connect(sandbox).retrieve({ collection: 'cdm_companies', key: "cdm_companycode='usmf'" });
  assert.equal(row.cdm_companycode, 'usmf');
});

claim('ARowIsCreatedChangedAndReadByTwoColumnsOneOfThemALookup', async (sandbox) => {
  const api = connect(sandbox);
  const company = await company_of(api);
  const key = `accountnumber='A-1',_msdyn_company_value=${company}`;
  await api.upsert({ collection: 'accounts', key, data: { name: 'first' } });
  await api.upsert({ collection: 'accounts', key, data: { name: 'second' } });
  const row = await api.retrieve({
    collection: 'accounts',
    key,
    select: ['name', 'accountnumber', '_msdyn_company_value'],
  });
  assert.equal(row.name, 'second');
  assert.equal(row.accountnumber, 'A-1');
  assert.equal(row._msdyn_company_value, company);
  assert.equal(await api.count({ collection: 'accounts' }), 1);
});

claim('AQuoteInAKeyIsDoubled', async (sandbox) => {
  const api = connect(sandbox);
  const key = `accountnumber='O''Neil',_msdyn_company_value=${await company_of(api)}`;
  await api.upsert({ collection: 'accounts', key, data: { name: 'N' } });
  assert.equal(
    (await api.retrieve({ collection: 'accounts', key, select: ['accountnumber'] })).accountnumber,
    "O'Neil"
  );
});

claim('AMissingKeyIs404WithItsOwnCode', async (sandbox) => {
  const error = await refused(
    connect(sandbox).retrieve({ collection: 'cdm_companies', key: "cdm_companycode='none'" })
  );
  assert.deepEqual(error, {
    status: 404,
    code: '0x80060891',
    message: 'A record with the specified key values does not exist in cdm_company entity',
  });
});

claim('ColumnsThatAreNoKeyAre400', async (sandbox) => {
  const error = await refused(connect(sandbox).retrieve({ collection: 'accounts', key: "telephone1='5'" }));
  assert.equal(error.status, 400);
  assert.match(
    error.message,
    /^The key in the request URI is not valid for resource 'Microsoft\.Dynamics\.CRM\.account'/
  );
});

claim('AKeyThatIsTakenIs412AndNamesTheKey', async (sandbox) => {
  const api = connect(sandbox);
  const data = { accountnumber: 'A', 'msdyn_company@odata.bind': "/cdm_companies(cdm_companycode='usmf')" };
  await api.create({ collection: 'accounts', data });
  const error = await refused(api.create({ collection: 'accounts', data }));
  assert.equal(error.status, 412);
  assert.equal(error.code, '0x80060892');
  assert.match(error.message, /^Entity Key msdyn_accountkey violated\./);
});

claim('AStrictUpdateByAMissingKeyCreatesNothing', async (sandbox) => {
  const api = connect(sandbox);
  const key = `accountnumber='A',_msdyn_company_value=${await company_of(api)}`;
  const error = await refused(api.update({ collection: 'accounts', key, data: { name: 'B' } }));
  assert.equal(error.status, 404);
  assert.equal(error.code, '0x80060891');
  assert.equal(await api.count({ collection: 'accounts' }), 0);
});
