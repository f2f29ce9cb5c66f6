/**
 * Tasks of type `ansor` in tasks.json: tune, bench and build with the options of the command line, so that a team can commit them. The engine
 * runs as a child of the extension host: no shell, and no node on the search path. Nothing runs in an untrusted workspace.
 */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Engine } from './engine.js';
import { tuningSettings } from './config.js';

const TYPE = 'ansor';
const MATCHER = '$ansor';
const COMMANDS = ['tune', 'bench', 'build'] as const;
type TaskCommand = (typeof COMMANDS)[number];
const MOST_MODELS = 50;

interface Definition extends vscode.TaskDefinition {
  readonly command: TaskCommand;
  readonly input: string;
  readonly log?: string;
  readonly target?: string;
  readonly trials?: number;
  readonly threads?: number;
  readonly timeLimit?: number;
  readonly algorithms?: string;
  readonly output?: string;
  readonly compare?: string;
}

function definitionOf(definition: vscode.TaskDefinition): Definition | undefined {
  const { command, input } = definition;
  const known = COMMANDS.find((c) => c === command);
  return known !== undefined && typeof input === 'string' && input !== '' ? { ...definition, command: known, input } : undefined;
}

/** The command line, each argument by itself; paths are relative to the task's folder. What the task does not say, the settings say. */
export function taskArguments(definition: Definition, folder: string, settings: { readonly target?: string | undefined; readonly threads?: number | undefined; readonly compilerPath?: string | undefined; readonly algorithms?: string | undefined } = {}): readonly string[] {
  const { command, input, log, trials, timeLimit, output, compare } = definition;
  const name = path.basename(input).replace(/\.(onnx|tc)$/i, '');
  const args: string[] = [command, path.resolve(folder, input)];
  const option = (flag: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') args.push(flag, String(value));
  };
  const logFile = path.resolve(folder, typeof log === 'string' ? log : path.join(path.dirname(input), `${name}.ansor.jsonl`));
  option('--log', logFile);
  option('--target', definition.target ?? settings.target);
  option('--threads', definition.threads ?? settings.threads);
  option('--compiler', settings.compilerPath);
  option('--algorithms', definition.algorithms ?? settings.algorithms);
  if (command === 'tune') {
    option('--trials', trials);
    option('--time-limit', timeLimit);
  }
  if (command === 'bench') option('--compare', compare);
  if (command === 'build') option('-o', path.resolve(folder, typeof output === 'string' ? output : path.join('out', name)));
  return args;
}

/** A terminal that shows what the engine says. Closing it ends the engine, as Ctrl-C does. */
class EngineTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  #child: ChildProcess | undefined;

  constructor(private readonly engine: Engine, private readonly args: readonly string[], private readonly cwd: string) {}

  open(): void {
    if (!vscode.workspace.isTrusted) return this.#end(vscode.l10n.t('Tuning builds and runs programs, which this workspace is not trusted for.'), 1);
    const shown = this.args.map((arg) => (/^[\w./:=-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ');
    this.#say(`> ansor ${shown}\n`);
    const child = this.engine.start(this.args, this.cwd);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => this.#say(text));
    child.once('error', (error) => this.#end(error.message, 1));
    child.once('close', (status, signal) => this.#close.fire(status ?? (signal === null ? 1 : 130)));
  }

  handleInput(data: string): void {
    if (data.includes('\u0003')) this.#child?.kill('SIGINT');
  }

  close(): void {
    this.#child?.kill('SIGINT');
  }

  #say(text: string): void {
    this.#write.fire(text.replaceAll(/\r?\n/g, '\r\n'));
  }

  #end(message: string, status: number): void {
    this.#say(`${message}\n`);
    this.#close.fire(status);
  }
}

function makeTask(engine: Engine, definition: Definition, folder: vscode.WorkspaceFolder): vscode.Task {
  const { compilerPath, target, threads, algorithms } = tuningSettings(vscode.Uri.joinPath(folder.uri, definition.input));
  const args = taskArguments(definition, folder.uri.fsPath, { target, threads, compilerPath, algorithms });
  const execution = new vscode.CustomExecution(() => Promise.resolve(new EngineTerminal(engine, args, folder.uri.fsPath)));
  const task = new vscode.Task(definition, folder, `${definition.command} ${definition.input}`, TYPE, execution, MATCHER);
  if (definition.command === 'build') task.group = vscode.TaskGroup.Build;
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  return task;
}

export function registerTasks(engine: Engine): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TYPE, {
    provideTasks: async (token) => {
      if (!vscode.workspace.isTrusted) return [];
      const models = await vscode.workspace.findFiles('**/*.{onnx,tc}', '**/node_modules/**', MOST_MODELS, token);
      return models.flatMap((uri) => {
        const folder = vscode.workspace.getWorkspaceFolder(uri);
        if (folder === undefined || uri.scheme !== 'file') return [];
        const input = path.relative(folder.uri.fsPath, uri.fsPath).replaceAll('\\', '/');
        return COMMANDS.map((command) => makeTask(engine, { type: TYPE, command, input }, folder));
      });
    },
    resolveTask: (task) => {
      const definition = definitionOf(task.definition);
      const scope = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
      if (!vscode.workspace.isTrusted || definition === undefined || scope === undefined) return undefined;
      const made = makeTask(engine, definition, scope);
      // The definition must be the very one of tasks.json.
      const resolved = new vscode.Task(task.definition, scope, task.name, TYPE, made.execution, MATCHER);
      resolved.presentationOptions = made.presentationOptions;
      return resolved;
    },
  });
}
