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
