/** `ansor serve`: the pages of the editor in a browser, on the loopback address, for one without VS Code. */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { openDesk, type Desk } from '../desk/desk.js';
import { english, type PrintContext } from '../schedule/steps/definition.js';
import { defaultSessionDir } from '../session/host/index.js';
import { programDir } from '../session/open-backend.js';
import { SessionError, systemProblem } from '../session/problem.js';
import { printJson, type Streams } from './io.js';
import { count, withJson } from './options.js';
import { startPageServer, type PageServer } from './serve/page-server.js';
import { watchSessions } from './serve/watched-sessions.js';

interface Flags { readonly port: number; readonly json?: boolean }

const LAST_PORT = 65_535;

function port(text: string): number {
  const n = count(text);
  if (n > LAST_PORT) throw new InvalidArgumentError(`give a port from 0 (any free one) to ${LAST_PORT}.`);
  return n;
}

export function serveCommand(program: Command, io: Streams): void {
  withJson(program.command('serve').description('the pages of the editor in a browser, on this machine only')
    .argument('[folder]', 'the folder whose logs and models are shown; nothing outside of it is', '.')
    .option('--port <n>', 'the port (default: any free one)', port, 0))
    .action(async (folder: string, flags: Flags) => {
      const root = rootOf(folder);
      let server: PageServer | undefined;
      const sessions = watchSessions(defaultSessionDir(process.env), root, (state) => server?.emit({ kind: 'session', state }));
      const desks: Desk[] = [];
      const deskIn = (words: PrintContext): Desk => {
        const desk = openDesk({ words, openDocument: () => undefined, emit: (event) => server?.emit(event), sessions });
        desks.push(desk);
        return desk;
      };
      const ended = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
      });
      try {
        server = await startPageServer({ root, web: path.join(programDir(), 'web'), port: flags.port, desk: deskIn(english), deskIn });
      } catch (e) {
        sessions.close();
        for (const desk of desks) desk.close();
        throw systemProblem(e, `cannot listen on port ${flags.port}`, root, { EADDRINUSE: 'another program uses it: give another one, or none for any free one', EACCES: 'this user may not use it: give one above 1023' });
      }
      if (flags.json === true) printJson(io, { url: server.url, port: server.port, folder: root });
      else io.out(`${server.url}\n`);
      io.err(`${root} is shown to whoever opens this address on this machine. Ctrl-C ends it.\n`);
      await ended;
      await server.close();
      sessions.close();
      for (const desk of desks) desk.close();
    });
}

function rootOf(folder: string): string {
  try {
    const root = realpathSync(folder);
    if (!statSync(root).isDirectory()) throw new SessionError('this is a file: give the folder that it lies in', { file: folder }, true);
    return root;
  } catch (e) {
    if (e instanceof SessionError) throw e;
    throw systemProblem(e, 'cannot show the folder', folder, { ENOENT: 'there is no such folder' });
  }
}
