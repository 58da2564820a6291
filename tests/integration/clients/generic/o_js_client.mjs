// o.js, told where a service is.
import { installed } from '../harness.mjs';

const { o } = await installed('o.js');

/** `useChangset` (the library's word) puts the writes of a batch into one change set. */
export function connect(service, { headers = {}, useChangset = false } = {}) {
  const Authorization = `Bearer ${service.token}`;
  return o(service.root, {
    headers: { Authorization, 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
    referrer: 'about:client',
    batch: {
      boundaryPrefix: 'batch_',
      changsetBoundaryPrefix: 'changset_',
      endpoint: '$batch',
      useChangset,
      useRelativeURLs: false,
      headers: new Headers({ Authorization, 'Content-Type': 'multipart/mixed' }),
    },
  });
}
