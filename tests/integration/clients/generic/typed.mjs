// odata2ts makes a client out of $metadata; the client that it made then works with the service.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { claim, installed, installed_file, plain } from '../harness.mjs';

const { FetchClient } = await installed('@odata2ts/http-client-fetch');
const typescript = (await installed('typescript')).default;

/** What odata2ts makes of the service's $metadata: its one service class, over fetch. */
async function generated(service, class_name, body) {
  const { body: xml } = await plain(service, 'GET', '$metadata', undefined, { Accept: 'application/xml' });
  // Inside the installation, for what is generated requires the packages there.
  const parent = join(process.env.DUALWRITE_CLIENTS, 'generated');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'client-'));
  try {
    writeFileSync(join(folder, 'metadata.xml'), xml);
    writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions":{"moduleResolution":"node"}}');
    const tool = spawnSync(
      process.execPath,
      [
        installed_file('@odata2ts/odata2ts/lib/run-cli.js'),
        '-s',
        'metadata.xml',
        '-o',
        'made',
        '-m',
        'all',
        '-e',
        'ts',
        '-n',
      ],
      { cwd: folder, encoding: 'utf8' }
    );
    assert.equal(tool.status, 0, tool.stdout + tool.stderr);
    // File by file: checking the types of all of them together takes longer than all other claims.
    for (const name of readdirSync(join(folder, 'made'))) {
      const { outputText, diagnostics } = typescript.transpileModule(readFileSync(join(folder, 'made', name), 'utf8'), {
        compilerOptions: { target: 'ES2022', module: 'CommonJS' },
        fileName: name,
        reportDiagnostics: true,
      });
      assert.deepEqual(diagnostics, []);
      writeFileSync(join(folder, 'made', name.replace(/ts$/, 'js')), outputText);
    }
    const made = createRequire(join(folder, 'metadata.xml'))(`./made/${class_name}`);
    const client = new FetchClient({ headers: { Authorization: `Bearer ${service.token}` } });
    await body(new made[class_name](client, service.root.replace(/\/$/, '')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

claim('AClientMadeFromDataversesMetadataWorks', async ({ dataverse }) => {
  await generated(dataverse, 'MicrosoftDynamicsCrmService', async (service) => {
    const represented = { headers: { Prefer: 'return=representation' } };
    const parent = (await service.accounts().create({ name: 'P' }, represented)).data;
    assert.equal(parent.name, 'P');
    const id = parent.accountid;
    assert.equal((await service.accounts(id).patch({ telephone1: '5', numberofemployees: 7 })).status, 204);
    const one = await service.accounts(id).query((build) => build.select('name', 'telephone1', 'numberofemployees'));
    assert.deepEqual([one.data.name, one.data.telephone1, one.data.numberofemployees], ['P', '5', 7]);
    await service.accounts().create({ name: 'C', 'parentaccountid@odata.bind': `/accounts(${id})` });
    const list = await service
      .accounts()
      .query((build, account) =>
        build.select('name').filter(account._parentaccountid_value.eq(id)).expand('parentaccountid').count()
      );
    assert.equal(list.data['@odata.count'], 1);
    assert.equal(list.data.value[0].name, 'C');
    assert.equal(list.data.value[0].parentaccountid.name, 'P');
    assert.equal((await service.WhoAmI()).data.UserId.length, 36);
    assert.equal((await service.accounts(list.data.value[0].accountid).delete()).status, 204);
    await assert.rejects(service.accounts(list.data.value[0].accountid).query(), (error) => error.status === 404);
  });
});

claim('AClientMadeFromFinopsMetadataWorks', async ({ finops }) => {
  await generated(finops, 'MicrosoftDynamicsDataEntitiesService', async (service) => {
    const made = await service.Currencies().create({ CurrencyCode: 'XTS', Name: 'Test' });
    assert.equal(made.status, 201);
    assert.equal(made.data.Name, 'Test');
    assert.equal((await service.Currencies('XTS').patch({ Name: 'changed' })).status, 204);
    const one = await service.Currencies({ CurrencyCode: 'XTS' }).query((build) => build.select('Name'));
    assert.equal(one.data.Name, 'changed');
    const customer = { dataAreaId: 'usmf', CustomerAccount: 'C 1', OrganizationName: 'A', CustomerGroupId: '10' };
    assert.equal((await service.CustomersV3().create(customer)).status, 201);
    const row = await service
      .CustomersV3({ dataAreaId: 'usmf', CustomerAccount: 'C 1' })
      .query(undefined, { params: { 'cross-company': 'true' } });
    assert.equal(row.data.OrganizationName, 'A');
    const list = await service
      .CustomersV3()
      .query((build, each) => build.select('CustomerAccount').filter(each.OrganizationName.eq('A')).count(), {
        params: { 'cross-company': 'true' },
      });
    assert.deepEqual(
      list.data.value.map((each) => each.CustomerAccount),
      ['C 1']
    );
    assert.equal((await service.Currencies('XTS').delete()).status, 204);
    await assert.rejects(service.Currencies('XTS').query(), (error) => error.status === 404);
  });
});
