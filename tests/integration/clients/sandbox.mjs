// A sandbox of the built program, on free ports.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const client = { id: 'dualwrite', secret: 'sandbox-secret' };

async function token_for(urls, resource) {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.id,
    client_secret: client.secret,
    scope: `${resource}/.default`,
  });
  const answer = await fetch(urls.token, { method: 'POST', body: form });
  if (answer.status !== 200) throw new Error(`no token for ${resource}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).access_token;
}

/** { urls, dataverse: {root, token}, finops: {root, token}, stop() -> {status, signal, said} } */
export async function start_sandbox() {
  const child = spawn(
    process.env.DUALWRITE_PROGRAM,
    ['sandbox', '--dataverse-port', '0', '--finops-port', '0', '--token-port', '0', '--control'],
    { stdio: ['ignore', 'pipe', 'pipe'] }
  );
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal, said })));
  const first = new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
  const line = await Promise.race([first, ended]);
  if (typeof line !== 'string') throw new Error(`the sandbox did not start: ${JSON.stringify(line)}`);
  const urls = JSON.parse(line);
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  try {
    return {
      urls,
      dataverse: { root: `${urls.dataverse}/api/data/v9.2/`, token: await token_for(urls, urls.dataverse) },
      finops: { root: `${urls.finops}/data/`, token: await token_for(urls, urls.finops) },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
