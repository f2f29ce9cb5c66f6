/** `ansor serve`: what it shows, and all that it refuses. Requests are written by hand where a browser would not let them be wrong. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { folder, MATMUL, placeWith, start, until, type Running } from './ansor.js';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const LOG = 'resnet.ansor.jsonl';

interface Answer { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }

let served: Running;
let root = '';
let port = 0;
let token = '';
let cookie = '';
const outside = path.join(folder, 'secret.ansor.jsonl');

/** `headers` with undefined values are left out, `Host` too. */
function ask(at: string, { method = 'GET', headers = {}, body }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path: at, method, agent: false, headers: { Cookie: cookie, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const api = (name: string, params: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(`/api/${name}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(params) });

const uriOf = (name: string): string => pathToFileURL(path.join(root, name)).href;

before(async () => {
  root = placeWith({ 'mm.tc': MATMUL, 'notes.json': '{"a": 1}' });
  copyFileSync(path.join(FIXTURES, 'logs/golden.ansor.jsonl'), path.join(root, LOG));
  copyFileSync(path.join(FIXTURES, 'models/resnet18.onnx'), path.join(root, 'resnet18.onnx'));
  copyFileSync(path.join(FIXTURES, 'logs/golden.ansor.jsonl'), outside);
  symlinkSync(outside, path.join(root, 'link.ansor.jsonl'));
  mkdirSync(path.join(folder, 'dist/web'), { recursive: true });
  writeFileSync(path.join(folder, 'dist/web/record-table.js'), '// a page\n');
  cpSync(fileURLToPath(new URL('../../client/l10n', import.meta.url)), path.join(folder, 'dist/web/l10n'), { recursive: true });
  served = start(['serve', root, '--json'], { cwd: root });
  const line = await until('the address', () => (served.out().includes('\n') ? served.out() : undefined));
  const said: { readonly url: string; readonly port: number } = JSON.parse(line);
  ({ port } = said);
  token = new URL(said.url).searchParams.get('token') ?? '';
  const first = await ask(`/?token=${token}`);
  assert.equal(first.status, 303, first.body);
  const [set = ''] = first.headers['set-cookie'] ?? [];
  assert.match(set, /; HttpOnly; SameSite=Strict; Path=\/$/);
  cookie = set.split(';')[0] ?? '';
});

after(() => {
  served?.child.kill('SIGKILL');
});

test('the first page lists logs, models and operators, and not what lies elsewhere', async () => {
  const { status, body, headers } = await ask('/');
  assert.equal(status, 200);
  for (const name of [LOG, 'resnet18.onnx', 'mm.tc']) assert.ok(body.includes(name), name);
  for (const name of ['notes.json', 'link.ansor.jsonl']) assert.ok(!body.includes(name), name);
  assert.match(String(headers['content-security-policy']), /default-src 'none'.*script-src 'none'.*frame-ancestors 'none'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('a page comes with a nonce of its own, in its policy and in its scripts only', async () => {
  const params = encodeURIComponent(JSON.stringify({ uri: uriOf(LOG) }));
  const [one, two] = [await ask(`/record-table?params=${params}`), await ask(`/record-table?params=${params}`)];
  const nonces = [one, two].map(({ headers, body }) => {
    const nonce = /script-src 'nonce-([0-9a-f]{36})'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
    assert.ok(body.includes(`<script nonce="${nonce}" src="web/record-table.js">`), body.slice(0, 500));
    assert.equal((body.match(/<script(?! nonce=| type="application\/json")/g) ?? []).length, 0);
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
  const script = await ask('/web/record-table.js');
  assert.deepEqual([script.status, script.headers['content-type']], [200, 'text/javascript; charset=utf-8']);
});

test('a browser that asks for German gets German: the first page, the pages\' texts, the sentences of answers; others get English', async () => {
  const german = { 'Accept-Language': 'fr;q=0.9, de-AT;q=0.8, en;q=0.3' };
  assert.match((await ask('/', { headers: german })).body, /<html lang="de">[^]*Tuning-Protokolle[^]*mit <code>ansor tune<\/code>/);
  assert.match((await ask('/', { headers: { 'Accept-Language': 'en-GB, de;q=0.9' } })).body, /<html lang="en">[^]*Tuning logs/);
  const page = await ask(`/record-table?params=${encodeURIComponent(JSON.stringify({ uri: uriOf(LOG) }))}`, { headers: german });
  assert.match(page.body, /<html lang="de">[^]*"Copy":"Kopieren"/);
  const sentence = async (headers: Readonly<Record<string, string>>): Promise<string> => {
    const { result }: { readonly result: { readonly steps: readonly { readonly sentence: string }[] } } = JSON.parse((await api('loopTree', { uri: uriOf(LOG), line: 4 }, headers)).body);
    return result.steps[0]?.sentence ?? '';
  };
  assert.deepEqual([await sentence(german), await sentence({})], ['das naive Programm', 'the naive program']);
});

test('parameters cannot leave their script element', async () => {
  const { body } = await ask(`/record-table?params=${encodeURIComponent(JSON.stringify({ x: '</script><script>alert(1)</script>' }))}`);
  assert.ok(!body.includes('<script>alert'));
});

test('pages are answered from the desk', async () => {
  const { status, body } = await api('loopTree', { uri: uriOf(LOG), line: 3 });
  assert.equal(status, 200, body);
  const answer: { readonly result?: { readonly steps: readonly unknown[] }; readonly problem?: string } = JSON.parse(body);
  assert.ok((answer.result?.steps.length ?? 0) > 0 || answer.problem !== undefined, body.slice(0, 300));
  const wrong: { readonly problem?: string } = JSON.parse((await api('loopTree', { uri: uriOf('none.jsonl'), line: 1 })).body);
  assert.match(wrong.problem ?? '', /there is no such file/);
});

test('without the cookie, or with a wrong one or token, nothing is told', async () => {
  for (const at of ['/', `/?token=${'0'.repeat(48)}`, '/record-table', '/api/events', '/web/record-table.js']) {
    for (const wrong of ['', `ansor-${port}=${'0'.repeat(48)}`, `ansor-1=${cookie.split('=')[1] ?? ''}`]) {
      const { status, body } = await ask(at, { headers: { Cookie: wrong } });
      assert.equal(status, 401, `${at} ${wrong}`);
      assert.ok(!body.includes(LOG));
    }
  }
  assert.equal((await api('loopTree', { uri: uriOf(LOG), line: 1 }, { Cookie: '' })).status, 401);
});

test('foreign hosts and foreign pages are refused, cookie or not', async () => {
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`]) assert.equal((await ask('/', { headers: { Host: host } })).status, 421, host);
  for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`]) {
    assert.equal((await api('loopTree', { uri: uriOf(LOG), line: 1 }, { Origin: origin })).status, 403, origin);
    assert.equal((await ask('/', { headers: { Origin: origin } })).status, 403, origin);
  }
  assert.equal((await api('loopTree', { uri: uriOf(LOG), line: 1 }, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await api('loopTree', { uri: uriOf(LOG), line: 3 }, { Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' })).status, 200);
});

test('files outside of the folder are not read, however they are named', async () => {
  const names = [pathToFileURL(outside).href, uriOf('../secret.ansor.jsonl'), uriOf('link.ansor.jsonl'), `file://${root}/%2e%2e/secret.ansor.jsonl`, 'FILE:///etc/passwd', '/etc/passwd', 'file://otherhost/x', 'http://evil.example/x',
    // An address is read without what is blank around it and without its line ends.
    `\t${pathToFileURL(outside).href}`, ` ${pathToFileURL(outside).href}`, `f\nile://${outside}`, `\u0001${pathToFileURL(outside).href}`, `file:${outside}`, `file:\\\\${outside}`];
  // A pipe in the folder would be read forever.
  if (process.platform !== 'win32' && spawnSync('mkfifo', [path.join(root, 'pipe.ansor.jsonl')]).status === 0) names.push(uriOf('pipe.ansor.jsonl'));
  for (const uri of names) {
    for (const params of [{ uri, line: 1 }, { left: { uri, line: 1 }, right: { uri: uriOf(LOG), line: 1 } }, { uri: uriOf(LOG), log: uri }]) {
      for (const name of ['loopTree', 'scheduleDiff', 'model', 'recordRows']) assert.equal((await api(name, params)).status, 403, `${name} ${uri}`);
    }
    assert.equal((await ask(`/record-table?params=${encodeURIComponent(JSON.stringify({ uri }))}`)).status, 403, uri);
  }
  for (const at of ['/web/../ansor.cjs', '/web/%2e%2e/ansor.cjs', '/web/..%2fansor.cjs', '/web/%00', '/web/', '/etc/passwd', '/web/record-table.js/x']) assert.equal((await ask(at)).status, 404, at);
});

test('what writes files or starts programs is not there; strange requests get one clear word', async () => {
  for (const name of ['reproduce', 'startTuning', '__proto__', 'constructor', 'x'.repeat(1000)]) assert.equal((await api(name, { uri: uriOf(LOG) })).status, 404, name);
  assert.equal((await ask('/api/loopTree', { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' })).status, 415);
  assert.equal((await ask('/api/loopTree', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{' })).status, 400);
  assert.equal((await ask('/record-table?params={')).status, 400);
  assert.equal((await ask('/', { method: 'DELETE' })).status, 405);
  assert.equal((await api('loopTree', { text: 'x'.repeat(2_000_000) }).then((a) => a.status, () => 413)), 413);
  assert.equal((await ask(`/record-table?params=${'1'.repeat(20_000)}`)).status, 414);
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  assert.equal((await ask('/api/loopTree', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: deep })).status, 403);
});

test('only this machine can connect', async () => {
  const { networkInterfaces } = await import('node:os');
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []).filter((a) => a.family === 'IPv4' && !a.internal);
  for (const { address } of others) {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port, timeout: 3000 }, () => resolve(false));
      socket.once('error', () => resolve(true)).once('timeout', () => resolve(true));
    });
    assert.ok(refused, address);
  }
});

test('events stream; SIGINT ends the server at once, with status 0', async () => {
  const seen = new Promise<string>((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/api/events', agent: false, headers: { Cookie: cookie } }, (response) => {
      response.once('data', (part: Buffer) => resolve(`${String(response.headers['content-type'])} ${part.toString()}`));
      response.on('error', () => undefined);
    });
    sent.on('error', reject);
    sent.end();
  });
  assert.match(await seen, /^text\/event-stream : here/);
  const from = Date.now();
  served.child.kill('SIGINT');
  assert.equal((await served.end).status, 0);
  assert.ok(Date.now() - from < 5000);
});

test('a port in use, a file, a folder that is not there: one line each', async () => {
  const blocker = start(['serve', root, '--json'], { cwd: root });
  const line = await until('the address', () => (blocker.out().includes('\n') ? blocker.out() : undefined));
  const taken: { readonly port: number } = JSON.parse(line);
  const [again, file, none, wrong] = await Promise.all([
    start(['serve', root, '--port', String(taken.port)], { cwd: root }).end, start(['serve', path.join(root, 'mm.tc')], { cwd: root }).end, start(['serve', path.join(root, 'none')], { cwd: root }).end, start(['serve', '--port', '70000'], { cwd: root }).end,
  ]);
  blocker.child.kill('SIGINT');
  await blocker.end;
  assert.deepEqual([again.status, file.status, none.status, wrong.status], [1, 2, 1, 2]);
  assert.match(again.err, /another program uses it/);
  for (const { err } of [again, file, none]) assert.match(err, /^ansor: [^\n]+\n$/);
});
