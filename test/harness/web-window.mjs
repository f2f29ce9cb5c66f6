// A window as vscode.dev has it: the same workbench without any server behind it, its extensions in the browser's own extension host, its files from a provider.
// Only the workbench's files come from the server; the page that it sends is told to know no remote machine.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { Workbench } from './workbench.mjs';

const SCHEME = 'given';

/** An extension whose file system holds `files` (name: bytes); nothing can be written. */
function filesExtension(files) {
  const contents = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/${name}`, bytes.toString('base64')]));
  const manifest = {
    name: 'given-files', publisher: 'ansor-tests', version: '1.0.0', engines: { vscode: '^1.100.0' }, browser: './main.js', activationEvents: [`onFileSystem:${SCHEME}`],
    capabilities: { virtualWorkspaces: true, untrustedWorkspaces: { supported: true } },
  };
  const main = `
    const vscode = require('vscode');
    const files = new Map(Object.entries(${JSON.stringify(contents)}).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]));
    const missing = (uri) => { throw vscode.FileSystemError.FileNotFound(uri); };
    const refuse = (uri) => { throw vscode.FileSystemError.NoPermissions(uri); };
    exports.activate = (context) => context.subscriptions.push(vscode.workspace.registerFileSystemProvider('${SCHEME}', {
      onDidChangeFile: new vscode.EventEmitter().event, watch: () => ({ dispose() {} }),
      stat: (uri) => uri.path === '/' ? { type: 2, ctime: 0, mtime: 0, size: 0 } : files.has(uri.path) ? { type: 1, ctime: 0, mtime: 0, size: files.get(uri.path).length } : missing(uri),
      readDirectory: (uri) => uri.path === '/' ? [...files.keys()].map((name) => [name.slice(1), 1]) : missing(uri),
      readFile: (uri) => files.get(uri.path) ?? missing(uri),
      createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse,
    }, { isReadonly: true }));`;
  return new Map([['/files/package.json', JSON.stringify(manifest)], ['/files/main.js', main]]);
}

const unescape = (text) => text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The page as a server without machine would send it. */
function localPage(html, authority) {
  return html.replace(/(id="vscode-workbench-web-configuration" data-settings=")([^"]*)"/, (_, before, settings) => {
    const { remoteAuthority: _remote, ...rest } = JSON.parse(unescape(settings));
    const additionalBuiltinExtensions = ['/ansor', '/files'].map((at) => ({ scheme: 'http', authority, path: at }));
    return `${before}${escape(JSON.stringify({ ...rest, additionalBuiltinExtensions }))}"`;
  });
}

function replaced(text, what, by) {
  if (!text.includes(what)) throw new Error(`the workbench no longer has ${what}`);
  return text.replace(what, by);
}

/** What code-server changed in the workbench, changed back: it takes the server for a remote machine whatever the page says, and keeps settings there. */
function localWorkbench(script) {
  return replaced(replaced(script, ',remoteAuthority:location.host}', '}'), 'N.file(this.userDataPath).with({scheme:K.vscodeRemote})', 'N.file("/").with({scheme:K.vscodeUserData})');
}

/** One origin for all: the installed extension (below /ansor), texts by their path, the rest from the workbench's server. */
function serve(folder, texts, origin) {
  const types = { '.js': 'text/javascript', '.json': 'application/json', '.css': 'text/css', '.svg': 'image/svg+xml' };
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url, origin);
      const headers = { 'Content-Type': types[path.extname(pathname)] ?? 'application/octet-stream' };
      const text = texts.get(pathname);
      const file = path.join(folder, path.normalize(decodeURIComponent(pathname)).replace(/^\/ansor\//, ''));
      if (text !== undefined) response.writeHead(200, headers).end(text);
      else if (pathname.startsWith('/ansor/')) {
        if (file.startsWith(folder) && existsSync(file) && statSync(file).isFile()) response.writeHead(200, headers).end(readFileSync(file));
        else response.writeHead(404).end();
      } else {
        const answer = await fetch(new URL(request.url, origin), { redirect: 'manual' });
        const kept = [...answer.headers].filter(([name]) => !/^(content-encoding|content-length|transfer-encoding|connection)$/.test(name));
        response.writeHead(answer.status, Object.fromEntries(kept));
        if (pathname === '/') response.end(localPage(await answer.text(), request.headers.host));
        else if (pathname.endsWith('/workbench/workbench.js')) response.end(localWorkbench(await answer.text()));
        else response.end(Buffer.from(await answer.arrayBuffer()));
      }
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** `files`: path of each, by its name in the window. Answers with the workbench and `close()`. */
export async function openWebWindow(machine, files) {
  const server = await machine.server(true);
  const installed = path.join(server.extensions, readdirSync(server.extensions).find((name) => name.startsWith('ansor.ansor-')));
  const own = await serve(installed, filesExtension(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readFileSync(file)]))), server.url);
  const page = await machine.page();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const workbench = new Workbench(page);
  const close = async () => {
    await page.goto('about:blank');
    await new Promise((resolve) => {
      own.close(resolve);
      own.closeAllConnections();
    });
  };
  try {
    await workbench.openAt(`http://localhost:${own.address().port}/?folder=${encodeURIComponent(`${SCHEME}:/`)}`);
    return { workbench, page, asked, close };
  } catch (error) {
    await close();
    throw error;
  }
}
