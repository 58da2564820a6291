// The library dynamics-web-api, told where the sandbox is.
import assert from 'node:assert/strict';

import { installed } from '../harness.mjs';

const library = (await installed('dynamics-web-api')).DynamicsWebApi;

export function connect(sandbox, more = {}) {
  return new library({
    serverUrl: sandbox.urls.dataverse,
    dataApi: { version: '9.2' },
    onTokenRefresh: async () => sandbox.dataverse.token,
    ...more,
  });
}

export const guid_pattern = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
export const unknown_id = '00000000-1111-2222-3333-444444444444';

/** The error that the library makes of an answer: status, code and message of the service. */
export async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return Array.isArray(error) ? error : { status: error.status, code: error.code, message: error.message };
  }
  return assert.fail('it was not refused');
}
