/**
 * Runs `ansor` as a process of its own for jobs that are no tuning sessions. No shell, no program of the search path: the editor's own
 * node runs the program that lies in this extension, so that nothing else has to be installed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import { sessionDir } from './server.js';

export interface EngineRun { readonly status: number | null; readonly out: string; readonly err: string }

export interface Engine {
  /** Folder of compiled code: the extension's own. */
  readonly cacheDir: vscode.Uri;
  /** The extension's own folder; it may not be there yet. */
  readonly storageDir: string;
  /** Starts it; whoever starts it ends it. */
  start(args: readonly string[], cwd?: string): ChildProcess;
  /** Waits for its end; a cancelled run is ended. @throws Error if it cannot be started */
  run(args: readonly string[], options?: { readonly cwd?: string; readonly token?: vscode.CancellationToken; readonly onLine?: (line: string) => void }): Promise<EngineRun>;
}

export function createEngine(context: vscode.ExtensionContext): Engine {
  const program = vscode.Uri.joinPath(context.extensionUri, 'dist', 'ansor.cjs').fsPath;
  const cacheDir = vscode.Uri.joinPath(context.globalStorageUri, 'cache');
  const start = (args: readonly string[], cwd?: string): ChildProcess => spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...(cwd !== undefined && { cwd }),
    // Inside a desktop editor the executable is Electron, which is node only when told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ANSOR_CACHE_DIR: cacheDir.fsPath, ANSOR_SESSION_DIR: sessionDir(context).fsPath },
  });
  return {
    cacheDir, start, storageDir: context.globalStorageUri.fsPath,
    run: (args, { cwd, token, onLine } = {}) => new Promise((resolve, reject) => {
      const child = start(args, cwd);
      const text = { out: '', err: '' };
      let told = 0;
      child.stdout?.setEncoding('utf8').on('data', (data: string) => {
        text.out += data;
        for (let end = text.out.indexOf('\n', told); end >= 0; end = text.out.indexOf('\n', told)) {
          onLine?.(text.out.slice(told, end));
          told = end + 1;
        }
      });
      child.stderr?.setEncoding('utf8').on('data', (data: string) => (text.err += data));
      const cancelled = token?.onCancellationRequested(() => child.kill('SIGINT'));
      child.once('error', reject);
      child.once('close', (status) => {
        cancelled?.dispose();
        resolve({ status, ...text });
      });
    }),
  };
}
