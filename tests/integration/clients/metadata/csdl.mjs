// $metadata of both services against the rules of OASIS: its XML schemas, and its JSON schema after odata-csdl's
// conversion. What the schemas cannot say, that names resolve, is checked on the JSON.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { claim, installed, installed_file, plain } from '../harness.mjs';

const csdl = (await installed('odata-csdl')).default;
const { validateXML } = await installed('xmllint-wasm');
const Ajv = (await installed('ajv')).default.default;

const schema_text = (name) => readFileSync(installed_file(`odata-csdl/schemas/${name}`), 'utf8');

async function document_of(service) {
  const answer = await plain(service, 'GET', '$metadata', undefined, { Accept: 'application/xml' });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^application\/xml/);
  return answer.body;
}

/** Dataverse writes the one facet with a capital (A6), which the rules do not allow. */
const by_the_rules = (xml) => xml.replaceAll('Scale="Variable"', 'Scale="variable"');

async function complaints(xml) {
  const result = await validateXML({
    xml: [{ fileName: 'metadata.xml', contents: xml }],
    schema: [schema_text('edmx.xsd')],
    preload: [{ fileName: 'edm.xsd', contents: schema_text('edm.xsd') }],
    initialMemoryPages: 1024,
    maxMemoryPages: 4096,
  });
  assert.equal(result.valid, result.errors.length === 0);
  return result.errors.map((error) => error.message);
}

function to_json(xml) {
  const messages = [];
  const json = csdl.xml2json(xml, { strict: true, messages });
  assert.deepEqual(messages, []);
  return json;
}

async function check_json(xml) {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(schema_text('csdl.schema.json'))
  );
  const valid = validate(to_json(by_the_rules(xml)));
  assert.ok(valid, JSON.stringify(validate.errors?.slice(0, 5), null, 1));
}

/** The model by qualified names, its aliases undone. */
class Model {
  constructor(json) {
    this.aliases = new Map();
    this.names = new Map();
    for (const [namespace, schema] of Object.entries(json)) {
      if (namespace.startsWith('$')) continue;
      if (schema.$Alias !== undefined) this.aliases.set(schema.$Alias, namespace);
      for (const [name, element] of Object.entries(schema)) this.names.set(`${namespace}.${name}`, element);
    }
    for (const reference of Object.values(json.$Reference ?? {})) {
      for (const include of reference.$Include ?? []) this.aliases.set(include.$Alias, include.$Namespace);
    }
    this.container = this.names.get(json.$EntityContainer);
  }

  find(name) {
    const dot = name.lastIndexOf('.');
    const namespace = name.slice(0, dot);
    return this.names.get(`${this.aliases.get(namespace) ?? namespace}.${name.slice(dot + 1)}`);
  }

  types(kind) {
    return [...this.names].filter(([, element]) => element.$Kind === kind);
  }

  /** A member, of the type or of one that it is based on. */
  member(type, name) {
    for (let at = type; at !== undefined; at = at.$BaseType === undefined ? undefined : this.find(at.$BaseType)) {
      if (at[name] !== undefined) return at[name];
    }
    return undefined;
  }
}

const members = (type) => Object.entries(type).filter(([name]) => !name.startsWith('$') && !name.includes('@'));

async function check_names(service) {
  const model = new Model(to_json(by_the_rules(await document_of(service))));
  assert.ok(model.types('EntityType').length > 3);
  for (const [name, type] of [...model.types('EntityType'), ...model.types('ComplexType')]) {
    if (type.$BaseType !== undefined) assert.ok(model.find(type.$BaseType), `${name} is based on ${type.$BaseType}`);
    for (const part of type.$Key ?? []) {
      const property = model.member(type, part);
      assert.ok(property, `${name} has the key ${part}`);
      assert.notEqual(property.$Kind, 'NavigationProperty');
    }
    for (const [label, member] of members(type)) {
      const is_own = member.$Type !== undefined && !member.$Type.startsWith('Edm.');
      if (is_own) assert.ok(model.find(member.$Type), `${name}/${label} is of the type ${member.$Type}`);
      for (const [near, far] of Object.entries(member.$ReferentialConstraint ?? {})) {
        if (near.includes('@')) continue;
        assert.ok(model.member(type, near), `${name}/${label} refers by ${near}`);
        assert.ok(model.member(model.find(member.$Type), far), `${name}/${label} refers to ${far}`);
      }
      if (member.$Partner !== undefined) {
        const partner = model.member(model.find(member.$Type), member.$Partner);
        assert.equal(partner?.$Kind, 'NavigationProperty', `${name}/${label} has the partner ${member.$Partner}`);
      }
    }
  }
  let sets = 0;
  for (const [label, element] of members(model.container)) {
    if (element.$Collection !== true) continue;
    sets += 1;
    const type = model.find(element.$Type);
    assert.equal(type?.$Kind, 'EntityType', `${label} holds ${element.$Type}`);
    assert.ok(model.member(type, '$Key'), `${element.$Type} has a key`);
    for (const [path, target] of Object.entries(element.$NavigationPropertyBinding ?? {})) {
      assert.equal(model.member(type, path)?.$Kind, 'NavigationProperty', `${label} binds ${path}`);
      assert.ok(model.container[target]?.$Collection, `${label} binds to ${target}`);
    }
  }
  const list = JSON.parse((await plain(service, 'GET', '')).body);
  assert.equal(list.value.filter((each) => each.kind === 'EntitySet').length, sets);
  return model;
}

/** The namespaces of the vocabularies whose terms are used, and those that the document includes. */
function vocabularies(xml) {
  const used = new Set([...xml.matchAll(/ Term="([\w.]+)\.\w+"/g)].map((match) => match[1]));
  const included = new Set([...xml.matchAll(/<edmx:Include Namespace="([\w.]+)"/g)].map((match) => match[1]));
  return { used, included };
}

claim('DataverseBreaksTheXmlSchemasByTheCapitalOfScaleVariableOnly', async ({ dataverse }) => {
  const xml = await document_of(dataverse);
  const errors = await complaints(xml);
  assert.equal(errors.length, xml.match(/Scale="Variable"/g).length);
  for (const error of errors) assert.match(error, /attribute 'Scale': 'Variable' is not a valid value/);
  assert.deepEqual(await complaints(by_the_rules(xml)), []);
});

claim('FinopsPassesTheXmlSchemas', async ({ finops }) => {
  assert.deepEqual(await complaints(await document_of(finops)), []);
});

claim('TheXmlSchemasFindAMistake', async ({ finops }) => {
  const xml = (await document_of(finops)).replace('<PropertyRef Name=', '<PropertyRef Nmae=');
  assert.ok((await complaints(xml)).some((error) => error.includes('Nmae')));
});

claim('DataversePassesTheJsonSchema', async ({ dataverse }) => {
  await check_json(await document_of(dataverse));
});

claim('FinopsPassesTheJsonSchema', async ({ finops }) => {
  await check_json(await document_of(finops));
});

claim('EveryNameInDataversesMetadataResolves', async ({ dataverse }) => {
  const model = await check_names(dataverse);
  assert.equal(model.find('mscrm.account'), model.find('Microsoft.Dynamics.CRM.account'));
  assert.equal(model.find('mscrm.crmbaseentity').$Abstract, true);
  for (const [name, type] of model.types('EntityType')) {
    if (type.$Abstract !== true) assert.equal(type.$BaseType, 'mscrm.crmbaseentity', name);
  }
});

claim('EveryNameInFinopsMetadataResolves', async ({ finops }) => {
  const model = await check_names(finops);
  assert.deepEqual(model.find('Microsoft.Dynamics.DataEntities.CustomerV3').$Key, ['dataAreaId', 'CustomerAccount']);
  assert.deepEqual(model.find('Microsoft.Dynamics.DataEntities.NoYes'), { $Kind: 'EnumType', No: 0, Yes: 1 });
});

claim('DataversesKeyVocabularyIsTheCommunitys', async ({ dataverse }) => {
  const xml = await document_of(dataverse);
  const { used, included } = vocabularies(xml);
  assert.ok(used.has('OData.Community.Keys.V1'));
  assert.ok(included.has('OData.Community.Keys.V1'));
  const type = to_json(by_the_rules(xml))['Microsoft.Dynamics.CRM'].account;
  const keys = type['@OData.Community.Keys.V1.AlternateKeys'] ?? type['@Keys.AlternateKeys'];
  assert.ok(
    keys.some((key) => key.Key.map((part) => part.Name).join() === 'accountnumber,_msdyn_company_value'),
    JSON.stringify(keys)
  );
});
