/** Requests and notifications between the editor's client and the language server that LSP itself does not have. */
import type { SessionState } from './session-state.js';

/** `initializationOptions` of the client. */
export interface ServerOptions {
  /** Folder for sockets and session entries: the extension's global storage. */
  readonly sessionDir: string;
  /** Folder for compiled code: in the extension's global storage, never in a workspace. */
  readonly cacheDir: string;
  /** False in an untrusted workspace: nothing is built or run. */
  readonly trusted: boolean;
  /** Absolute path of the program that a session runs (`dist/ansor.cjs`). */
  readonly program: string;
  /** Translated strings of the server, by English text; absent for English. */
  readonly l10n?: Readonly<Record<string, string>>;
}

export interface StartTuningParams {
  /** Absolute path of a `.onnx` or `.tc` file. */
  readonly model: string;
  /** Absolute path of the folder for the log, which is named for the model; undefined: the model's own. */
  readonly logDirectory?: string;
  /** Undefined or empty: the default of `ansor tune`. */
  readonly target?: string;
  readonly trials?: number;
  readonly threads?: number;
  readonly timeLimitSeconds?: number;
  /** `direct`: no winograd. */
  readonly algorithms?: 'direct' | 'all';
  /** A C compiler for the target `c`; from a setting of machine scope. */
  readonly compilerPath?: string;
}

/** `code` lets the client offer the right action; `message` is for people. */
export type TuningProblemCode = 'untrusted' | 'not-a-model' | 'already-running' | 'start-failed' | 'not-reachable' | 'not-found';
export interface TuningProblem { readonly code: TuningProblemCode; readonly message: string }

/** Answers carry either. */
export interface StartTuningResult { readonly session?: SessionState; readonly problem?: TuningProblem }

export interface SessionRef { readonly id: string }

/** `within`: only sessions whose model lies in one of these folders (absolute paths); undefined: all, those of the command line too. */
export interface AttachParams { readonly within?: readonly string[] }

/** Sessions that run and can be attached to, and ones that ended since the last such request (reported once). */
export interface SessionList { readonly running: readonly SessionState[]; readonly ended: readonly SessionState[] }

/** Tensors as `name: float32[1, 3, 224, 224]`. */
export interface ModelSummary {
  readonly file: string;
  readonly bytes: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: number;
  readonly operators: readonly { readonly name: string; readonly count: number }[];
  /** Why nothing but the size is known. */
  readonly problem?: string;
}

/** A model whose file the server cannot read: in a browser. */
export interface ModelBytes { readonly name: string; readonly base64: string }

/** A page's request (protocol/page.ts). */
export interface PageCall { readonly name: string; readonly params: unknown }

/** Method names. Requests: client to server. */
export const LSP = {
  /** `StartTuningParams` to `StartTuningResult`. */
  startTuning: 'ansor/startTuning',
  /** `SessionRef` to `TuningProblem | null`; the session ends soon, and says so by `sessionChanged`. */
  cancelTuning: 'ansor/cancelTuning',
  /** `AttachParams` to `SessionList`. */
  attachSessions: 'ansor/attachSessions',
  /** `ModelBytes` to `ModelSummary`; only of the server in a web worker. */
  summarizeModel: 'ansor/summarizeModel',
  /** `PageCall` to its answer; a failure is an error with a sentence for people. */
  page: 'ansor/page',
  /** Notification, server to client: a `PageEvent`. */
  pageEvent: 'ansor/pageEvent',
  /** Notification, client to server: the workspace is trusted from now on. */
  trustGranted: 'ansor/trustGranted',
  /** Notification, server to client: a session's state, a few times a second at most and at its end. */
  sessionChanged: 'ansor/sessionChanged',
} as const;
