/**
 * The pages of the editor over HTTP, on the loopback address only. Everything else that listens to the network is missing on purpose; what
 * is here stands behind `guard.ts` and `confine.ts`, has limits, and says in each answer what the browser may do with it.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, realpathSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { DeskError } from '../../desk/desk-error.js';
import type { Desk } from '../../desk/desk.js';
import { contentSecurity, pageHtml } from '../../protocol/page-html.js';
import { PAGES, type PageEvent } from '../../protocol/page.js';
import { createTranslate, type Translate } from '../../desk/translate.js';
import { isInside, outsider } from './confine.js';
import { createGuard, type Guard } from './guard.js';
import { indexPage } from './index-page.js';
import { askedLanguage, readLanguages, type Texts } from './languages.js';
import { listFolder } from './list-folder.js';

const MOST_BODY_BYTES = 1 << 20;
const MOST_URL = 16_384;
const MOST_STREAMS = 32;
const REQUEST_MS = 30_000;
/** What a browser may ask: reading, and what the dashboard does with sessions. Nothing writes files or starts programs. */
const ALLOWED: ReadonlySet<string> = new Set(['loopTree', 'scheduleDiff', 'dashboard', 'sessionControl', 'failureText', 'recordRows', 'recordLines', 'recordExport', 'recordChoices', 'model', 'tuneEstimate']);
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf', '.svg': 'image/svg+xml', '.png': 'image/png', '.map': 'application/json', '.json': 'application/json' };

export interface PageServerOptions {
  /** The folder that may be seen, absolute. */
  readonly root: string;
  /** Folder of the pages' scripts (`dist/web`). */
  readonly web: string;
  /** 0: any free one. */
  readonly port: number;
  /** In English. */
  readonly desk: Desk;
  /** Answers in another language; without it all are in English. Called once for each. */
  readonly deskIn?: (words: { readonly t: Translate }) => Desk;
}

export interface PageServer {
  readonly port: number;
  /** With the token. */
  readonly url: string;
  emit(event: PageEvent): void;
  close(): Promise<void>;
}

/** @throws Error (EADDRINUSE, EACCES) where the port cannot be had */
export async function startPageServer({ root, web, port: wanted, desk, deskIn }: PageServerOptions): Promise<PageServer> {
  const streams = new Set<ServerResponse>();
  const state = { port: wanted };
  const languages = readLanguages(path.join(web, 'l10n'));
  const desks = new Map<string, Desk>();
  const speaking = (request: IncomingMessage): Speaking => {
    const language = askedLanguage(request.headers['accept-language'], languages);
    const texts = languages.get(language) ?? {};
    const words = { t: createTranslate(texts) };
    let own = desks.get(language);
    if (own === undefined) desks.set(language, own = language === 'en' || deskIn === undefined ? desk : deskIn(words));
    return { language, texts, t: words.t, desk: own };
  };
  const guard = createGuard(() => state.port);
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: MOST_URL + 8192 }, (request, response) => {
    handle({ root, web, guard, streams, ...speaking(request) }, request, response).catch((error: unknown) => fail(response, 500, error instanceof Error ? error.message : String(error)));
  });
  await listen(server, wanted);
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  state.port = address.port;
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/?token=${guard.token}`,
    emit: (event) => {
      for (const stream of streams) stream.write(`data: ${JSON.stringify(event)}\n\n`);
    },
    close: () => new Promise((resolve) => {
      for (const stream of streams) stream.end();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** In which language a request is answered. */
interface Speaking { readonly language: string; readonly texts: Texts; readonly t: Translate; readonly desk: Desk }

interface Place extends Speaking { readonly root: string; readonly web: string; readonly guard: Guard; readonly streams: Set<ServerResponse> }

async function handle(place: Place, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { guard, root, language, texts, t } = place;
  for (const [name, value] of Object.entries({
    'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin', 'X-Frame-Options': 'DENY', 'Cache-Control': 'no-store',
  })) response.setHeader(name, value);
  const { method = '', url: asked = '' } = request;
  if (asked.length > MOST_URL) return fail(response, 414, 'the address is too long');
  if (!URL.canParse(asked, 'http://127.0.0.1')) return fail(response, 400, 'this is no address');
  const { pathname, searchParams } = new URL(asked, 'http://127.0.0.1');
  const refusal = guard.refusal(request);
  if (refusal !== undefined) {
    if (refusal.status === 401 && method === 'GET' && pathname === '/' && guard.isToken(searchParams.get('token'))) {
      response.writeHead(303, { 'Set-Cookie': guard.cookie, Location: '/' }).end();
      return;
    }
    return fail(response, refusal.status, refusal.message);
  }
  if (method === 'POST' && pathname.startsWith('/api/')) return answer(place, pathname.slice('/api/'.length), request, response);
  if (method !== 'GET') return fail(response, 405, 'only GET and POST are answered');
  if (pathname === '/') return searchParams.has('token') ? redirect(response) : html(response, indexPage(root, listFolder(root), language, t), contentSecurity('none', "'self'").replace("script-src 'nonce-none'", "script-src 'none'"));
  if (pathname === '/api/events') return events(place, request, response);
  if (pathname.startsWith('/web/')) return file(place, pathname.slice('/web/'.length), response);
  const page = PAGES.find((name) => pathname === `/${name}`);
  if (page === undefined) return fail(response, 404, 'there is no such page');
  const params = parse(searchParams.get('params') ?? 'null');
  if (params === undefined) return fail(response, 400, 'the parameters are not JSON');
  if (outsider(root, params) !== undefined) return fail(response, 403, 'only files of the served folder are shown');
  const nonce = randomBytes(18).toString('hex');
  const text = pageHtml({ page, params, title: `Ansor: ${page}`, language, l10n: texts, nonce, cspSource: "'self'", connect: "'self'", theme: 'auto', base: 'web/' });
  html(response, text, contentSecurity(nonce, "'self'", "'self'"));
}

function redirect(response: ServerResponse): void {
  response.writeHead(303, { Location: '/' }).end();
}

function html(response: ServerResponse, text: string, policy: string): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': `${policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'` }).end(text);
}

/** For people and pages alike. */
function fail(response: ServerResponse, status: number, problem: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Security-Policy': "default-src 'none'", ...(status === 413 ? { Connection: 'close' } : {}) }).end(`${JSON.stringify({ problem })}\n`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answer({ root, desk }: Place, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return fail(response, 415, 'send JSON');
  if (!ALLOWED.has(name)) return fail(response, 404, `no page asks for ${JSON.stringify(name.slice(0, 60))}`);
  const body = await bodyOf(request);
  if (body === undefined) return fail(response, 413, 'the request is too long');
  const params = parse(body);
  if (params === undefined) return fail(response, 400, 'the request is not JSON');
  if (outsider(root, params) !== undefined) return fail(response, 403, 'only files of the served folder are shown');
  try {
    const result = await desk.answer(name, params);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ result: result ?? null }));
  } catch (error) {
    // Pages show the sentence; what is no sentence for people is ours to mend.
    if (!(error instanceof DeskError)) return fail(response, 500, `unexpected: ${error instanceof Error ? error.message : String(error)}`);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ problem: error.message }));
  }
}

/** Undefined: too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function events({ streams }: Place, request: IncomingMessage, response: ServerResponse): void {
  if (streams.size >= MOST_STREAMS) return fail(response, 503, 'too many pages are open');
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(': here\n\n');
  streams.add(response);
  request.once('close', () => streams.delete(response));
}

function file({ web }: Place, name: string, response: ServerResponse): void {
  const at = path.join(web, decodeURIComponent(name));
  const type = TYPES[path.extname(at)];
  let found: ReturnType<typeof statSync> | undefined;
  try {
    found = type === undefined || name.includes('\0') || !isInside(web, at) ? undefined : statSync(realpathSync(at));
  } catch {
    found = undefined;
  }
  if (found?.isFile() !== true || type === undefined) return fail(response, 404, 'there is no such file');
  response.writeHead(200, { 'Content-Type': type.startsWith('text/') ? `${type}; charset=utf-8` : type, 'Content-Length': String(found.size) });
  createReadStream(at).on('error', () => response.destroy()).pipe(response);
}
