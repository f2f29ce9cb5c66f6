/** Everything around tuning: samples, setup check, cache, tasks, status item. */
import * as vscode from 'vscode';
import { clearCache } from './commands/clear-cache.js';
import { remeasureBest } from './commands/remeasure-best.js';
import { createEngine } from './engine.js';
import { registerSamples } from './samples.js';
import type { Sessions } from './sessions.js';
import { registerSetupCheck } from './setup/check-setup.js';
import { showStatus } from './status.js';
import { registerTasks } from './tasks.js';

export function registerAround(context: vscode.ExtensionContext, sessions: Sessions): vscode.Disposable {
  const engine = createEngine(context);
  const version: unknown = Object(context.extension.packageJSON).version;
  return vscode.Disposable.from(
    showStatus(sessions, String(version)), registerSamples(context), registerSetupCheck(context, engine), registerTasks(engine),
    vscode.commands.registerCommand('ansor.clearCache', () => clearCache(engine, sessions)),
    vscode.commands.registerCommand('ansor.remeasureBest', (chosen: unknown) => remeasureBest(engine, chosen)),
  );
}
