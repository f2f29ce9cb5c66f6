/**
 * The tuning sessions that this server watches for its editor: starts them, attaches to them, passes their states on. The
 * sessions are processes of their own and outlive the server.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AttachParams, ServerOptions, SessionList, SessionRef, StartTuningParams, StartTuningResult, TuningProblem } from '../protocol/lsp.js';
import { AttachedSessions } from '../desk/dashboard/attached-sessions.js';
import type { SessionDoor } from '../desk/dashboard/session-door.js';
import type { SessionInfo } from '../protocol/session-info.js';
import type { SessionState } from '../protocol/session-state.js';
import { defaultSessionDir, findSessions, forgetSession, heldMessage, launchSession, liveSessionOf, takeEndedOf } from '../session/host/index.js';
import type { Translate } from '../desk/translate.js';
import { tuneArguments } from './tune-arguments.js';

export interface SessionDesk extends SessionDoor {
  start(params: StartTuningParams): Promise<StartTuningResult>;
  /** Undefined when the session was told to stop. */
  cancel(ref: SessionRef): TuningProblem | undefined;
  attachAll(params: AttachParams): Promise<SessionList>;
  trust(): void;
  /** Lets go of all sessions; they go on. */
  close(): void;
}

function isInside(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '' && !way.startsWith('..') && !path.isAbsolute(way);
}

export function openSessionDesk(options: ServerOptions, t: Translate, tell: (state: SessionState) => void): SessionDesk {
  let trusted = options.trusted;
  const sessions = new AttachedSessions(tell, (info) => forgetSession(options.sessionDir, info));

  return {
    states: () => sessions.states(),
    control: (id, action) => sessions.control(id, action),
    async start(params) {
      const model = path.resolve(params.model);
      if (!trusted) return { problem: { code: 'untrusted', message: t('Tuning builds and runs programs, which this workspace is not trusted for.') } };
      if (!/\.(onnx|tc)$/i.test(model) || !existsSync(model)) {
        return { problem: { code: 'not-a-model', message: t('{file} is no .onnx or .tc file that can be read.', { file: path.basename(model) }) } };
      }
      const { log, args } = tuneArguments({ ...params, model });
      // Asking twice is asking to see it.
      const live = await liveSessionOf(log);
      if (live !== undefined) return sessions.attach(live).then((session) => ({ session }), () => ({ problem: { code: 'already-running', message: heldMessage(live) } }));
      const launched = await launchSession({ program: options.program, args, log, sessionDir: options.sessionDir, cwd: path.dirname(model), env: { ANSOR_CACHE_DIR: options.cacheDir } });
      if (!launched.ok) return { problem: { code: 'start-failed', message: launched.error } };
      if (launched.value.phase !== 'starting') return { session: launched.value };
      return sessions.attach(launched.value.info).then(
        (session) => ({ session }),
        (error: unknown) => {
          // It may have ended between its start and our call.
          const ended = takeEndedOf(options.sessionDir, launched.value.info.pid);
          return ended !== undefined ? { session: ended } : { problem: { code: 'not-reachable', message: error instanceof Error ? error.message : String(error) } };
        },
      );
    },
    cancel({ id }) {
      return sessions.control(id, 'cancel') ? undefined : { code: 'not-found', message: t('This tuning session has ended.') };
    },
    async attachAll({ within }) {
      const wanted = ({ model }: SessionInfo): boolean => within === undefined || within.some((folder) => isInside(model, folder));
      const running: SessionState[] = [];
      const over: SessionState[] = [];
      const found = await findSessions(options.sessionDir, wanted);
      over.push(...found.ended);
      // Sessions of the command line report in their terminal: only a person who asks gets them here.
      const others = within === undefined ? await findSessions(defaultSessionDir(process.env)) : { live: [] };
      for (const info of [...found.live, ...others.live]) await sessions.attach(info).then((state) => running.push(state), () => undefined);
      return { running, ended: over };
    },
    trust: () => (trusted = true),
    close: () => sessions.close(),
  };
}
