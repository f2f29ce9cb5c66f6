/** The tree "Tasks" of the container: the tasks of the log that the dashboard shows, dearest first, with their best times. */
import * as vscode from 'vscode';
import type { DashboardTask, DashboardView } from '../../../server/src/protocol/dashboard-view.js';
import { milliseconds } from '../words.js';

export class TasksTree implements vscode.TreeDataProvider<DashboardTask>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #view: DashboardView | null = null;

  constructor(private readonly ask: () => Promise<DashboardView | null>) {}

  refresh(): void {
    this.#changed.fire(undefined);
  }

  /** The log whose tasks are shown. */
  get log(): string | undefined {
    return this.#view?.log;
  }

  async getChildren(parent?: DashboardTask): Promise<DashboardTask[]> {
    if (parent !== undefined) return [];
    this.#view = await this.ask().catch(() => null);
    return [...(this.#view?.tasks ?? [])].sort((a, b) => (b.share ?? 2) - (a.share ?? 2));
  }

  getTreeItem(task: DashboardTask): vscode.TreeItem {
    const item = new vscode.TreeItem(task.name);
    const current = this.#view?.session?.currentTask === task.key;
    item.id = `${task.key} ${task.target}`;
    item.description = `${task.weight > 1 ? `${task.weight}× ` : ''}${task.bestMs === null ? '–' : milliseconds(task.bestMs)}${task.share === null ? '' : ` · ${Math.round(task.share * 100)} %`}`;
    item.iconPath = new vscode.ThemeIcon(current ? (this.#view?.session?.paused === true ? 'debug-pause' : 'loading~spin') : task.bestMs !== null ? 'pass' : task.records > 0 ? 'error' : 'circle-outline');
    item.tooltip = vscode.l10n.t('{0}: {1} records, {2} failed', task.name, task.records, task.errors);
    item.accessibilityInformation = { label: `${task.name}, ${item.description}${current ? `, ${vscode.l10n.t('being measured now')}` : ''}` };
    item.contextValue = task.bestLine === null ? 'task' : 'task.best';
    if (task.bestLine !== null && this.#view !== null) {
      item.command = { command: 'ansor.revealRecord', title: vscode.l10n.t('Show Best'), arguments: [{ uri: vscode.Uri.file(this.#view.log).toString(), line: task.bestLine }] };
    }
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
