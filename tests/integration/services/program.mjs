// The built program: its daemon, its checks, its sandbox.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { plain, until } from './harness.mjs';

const program = process.env.DUALWRITE_PROGRAM;

/** A directory with a configuration and its maps. */
export class Site {
  constructor(link, maps, environment = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'dualwrite-'));
    this.environment = { ...process.env, ...environment };
    const names = maps.map((map) => {
      writeFileSync(join(this.directory, `${map.name}.json`), JSON.stringify(map, null, 1));
      return `${map.name}.json`;
    });
    this.config = join(this.directory, 'config.json');
    writeFileSync(
      this.config,
      JSON.stringify(
        {
          state: { file: 'state.db' },
          log: { level: 'debug' },
          admin: { listen: '127.0.0.1:0' },
          ingest: { listen: '127.0.0.1:0' },
          links: [{ name: 'l', capture: { deltaIntervalMs: 200, scanIntervalMs: 200 }, maps: names, ...link }],
        },
        null,
        1
      )
    );
  }

  file(name, text) {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** { status, out, err } */
  run(...words) {
    return new Promise((resolve) => {
      const child = spawn(program, words, { cwd: this.directory, env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.on('data', (text) => (out += text));
      child.stderr.on('data', (text) => (err += text));
      child.on('close', (status) => resolve({ status, out, err }));
    });
  }

  check() {
    return this.run('check', '--config', this.config, '--json').then((ended) => ({ ...ended, json: JSON.parse(ended.out) }));
  }

  async serve() {
    const child = spawn(program, ['serve', '--config', this.config, '--announce'], {
      cwd: this.directory,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    const ended = new Promise((resolve) => child.on('close', (status) => resolve({ status, said })));
    const first = new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
    const line = await Promise.race([first, ended]);
    if (typeof line !== 'string') throw new Error(`the daemon did not start: ${JSON.stringify(line)}`);
    return new Daemon(JSON.parse(line), child, ended, () => said);
  }

  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

class Daemon {
  constructor(announced, child, ended, said) {
    Object.assign(this, { url: announced.admin, ingest: announced.ingest, child, ended, said });
  }

  async map(name) {
    return (await plain('GET', `${this.url}/api/v1/maps/${name}`)).json;
  }

  async sync(name, master = 'finops') {
    const begun = await plain('POST', `${this.url}/api/v1/maps/${name}/initial-sync`, { master });
    if (begun.status !== 202) throw new Error(`initial sync of ${name}: ${begun.text}`);
    await until(`initial sync of ${name}`, async () => {
      const map = await this.map(name);
      if (map.state === 'held') throw new Error(`${name} is held: ${map.reason}`);
      return { good: map.state === 'running' && map.pending === 0, shown: map };
    });
  }

  async stop() {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

/** A sandbox of the built program, on free ports: { urls, token(resource), stop() }. */
export async function start_sandbox(...options) {
  const child = spawn(
    program,
    ['sandbox', '--dataverse-port', '0', '--finops-port', '0', '--token-port', '0', '--control', ...options],
    { stdio: ['ignore', 'pipe', 'pipe'] }
  );
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const ended = new Promise((resolve) => child.on('close', (status) => resolve({ status, said })));
  const first = new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
  const line = await Promise.race([first, ended]);
  if (typeof line !== 'string') throw new Error(`the sandbox did not start: ${JSON.stringify(line)}`);
  const urls = JSON.parse(line);
  const token = async (resource) => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'editor',
      client_secret: 'editor-secret',
      scope: `${resource}/.default`,
    });
    const answer = await fetch(urls.token, { method: 'POST', body: form });
    return (await answer.json()).access_token;
  };
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { urls, token, stop };
}

/** How the program gets its tokens from the sandbox. */
export function sandbox_token(urls, resource) {
  return {
    url: urls.token,
    clientId: 'dualwrite',
    clientSecret: { env: 'SANDBOX_SECRET' },
    scope: `${resource}/.default`,
  };
}
