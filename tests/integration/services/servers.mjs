// The servers that others wrote, in this process, on free ports of 127.0.0.1.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { require_installed } from './harness.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

function listening(handler) {
  return new Promise((resolve) => {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1', () => {
      const stop = () =>
        new Promise((done) => {
          server.close(done);
          server.closeAllConnections();
        });
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, stop });
    });
  });
}

/** @sap-ux/fe-mockserver-core, serving shop/metadata.xml: composite keys and GUIDs; no ETags; refuses nothing. */
export async function start_mockserver() {
  const Mockserver = require_installed('@sap-ux/fe-mockserver-core').default;
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const mock = new Mockserver({
    services: [
      {
        urlPath: '/shop',
        metadataPath: `${here}shop/metadata.xml`,
        mockdataPath: `${here}shop/data`,
        generateMockData: false,
        noETag: true,
        logger: quiet,
      },
    ],
  });
  await mock.isReady;
  const router = mock.getRouter();
  const requests = [];
  const server = await listening((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    router(request, response, () => {
      response.statusCode = 404;
      response.end();
    });
  });
  return { ...server, url: `${server.origin}/shop/`, requests };
}

/** simple-odata-server over its own store in memory: the key is _id; no ETags; no $batch; 204 for rows that are not. */
export async function start_simple() {
  const ODataServer = require_installed('simple-odata-server');
  const adapter = require_installed('simple-odata-server-nedb');
  const Store = require_installed('nedb');
  const text = { type: 'Edm.String' };
  const store = new Store({ inMemoryOnly: true });
  const devices = new Store({ inMemoryOnly: true });
  const currencies = new Store({ inMemoryOnly: true });
  const requests = [];
  let odata = null;
  const server = await listening(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (odata.cfg.guard && !(await odata.cfg.guard(request))) {
      response.statusCode = 401;
      response.end();
      return;
    }
    odata.handle(request, response);
  });
  odata = new ODataServer(server.origin);
  odata
    .model({
      namespace: 'depot',
      entityTypes: {
        Price: {
          _id: { type: 'Edm.String', key: true, nullable: false },
          item: text,
          year: { type: 'Edm.Int32' },
          amount: { type: 'Edm.Decimal' },
          note: text,
          valid_from: { type: 'Edm.Date' },
          blocked: { type: 'Edm.Boolean' },
        },
        Device: { _id: { type: 'Edm.String', key: true, nullable: false }, name: text },
        Currency: { _id: { type: 'Edm.String', key: true, nullable: false }, name: text, symbol: text },
      },
      entitySets: {
        prices: { entityType: 'depot.Price' },
        devices: { entityType: 'depot.Device' },
        currencies: { entityType: 'depot.Currency' },
      },
    })
    .adapter(adapter((collection, done) => done(null, { prices: store, devices, currencies }[collection])));
  return { ...server, url: `${server.origin}/`, requests, guard: (check) => (odata.cfg.guard = check) };
}
