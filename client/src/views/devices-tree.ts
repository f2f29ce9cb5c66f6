/** The tree "Devices" of the container: what can be measured on here. Nothing is run in an untrusted workspace. */
import * as vscode from 'vscode';
import type { DeviceReport } from '../../../server/src/protocol/setup-report.js';
import type { Engine } from '../engine.js';

interface Row { readonly label: string; readonly description: string; readonly icon: string; readonly tooltip: string }

function rows(devices: readonly DeviceReport[]): Row[] {
  return devices.map((device) => ({
    label: device.target === 'c' ? vscode.l10n.t('This CPU, by a C compiler') : vscode.l10n.t('This CPU, by WebAssembly'),
    description: device.available ? (device.target === 'c' ? device.compiler ?? '' : '') : device.problem ?? '',
    icon: device.available ? 'vm-active' : 'vm-outline', tooltip: [device.cpu ?? '', device.targetText ?? '', device.remedy ?? ''].filter((x) => x !== '').join('\n'),
  }));
}

function devicesOf(text: string): readonly DeviceReport[] {
  const report: unknown = JSON.parse(text);
  const devices: unknown = typeof report === 'object' && report !== null && 'devices' in report ? report.devices : [];
  return Array.isArray(devices) ? devices : [];
}

export class DevicesTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(private readonly engine: Engine) {}

  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(parent?: Row): Promise<Row[]> {
    if (parent !== undefined) return [];
    if (!vscode.workspace.isTrusted) return [{ label: vscode.l10n.t('Not asked in an untrusted workspace'), description: '', icon: 'shield', tooltip: '' }];
    try {
      return rows(devicesOf((await this.engine.run(['devices', '--json'])).out));
    } catch (error) {
      return [{ label: vscode.l10n.t('Devices cannot be listed'), description: error instanceof Error ? error.message : String(error), icon: 'error', tooltip: '' }];
    }
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label);
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon);
    item.tooltip = row.tooltip;
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
