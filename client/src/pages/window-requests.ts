/** What pages ask of the window. Parameters come from a page and are checked. */
import * as vscode from 'vscode';
import { PAGE_COMMANDS, PAGES, type PageName } from '../../../server/src/protocol/page.js';
import { recordRef, revealRecord } from '../commands/reveal-record.js';
import type { PageView, Pages } from './page-host.js';

function field(params: unknown, name: string): unknown {
  return typeof params === 'object' && params !== null ? Object.getOwnPropertyDescriptor(params, name)?.value : undefined;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

async function save(name: string, data: string, encoding: unknown): Promise<boolean> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const to = await vscode.window.showSaveDialog({ ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }), saveLabel: vscode.l10n.t('Save') });
  if (to === undefined) return false;
  await vscode.workspace.fs.writeFile(to, encoding === 'base64' ? Buffer.from(data, 'base64') : Buffer.from(data));
  return true;
}

type Answers = Readonly<Record<'reveal' | 'save' | 'copy' | 'openPage' | 'command' | 'title', (params: unknown) => Promise<unknown>>>;

export function windowRequests(pages: Pages, view: PageView): Answers {
  return {
    reveal: async (params) => {
      const ref = recordRef(params);
      const step = field(params, 'step');
      if (ref !== undefined) await revealRecord({ ...ref, ...(typeof step === 'number' && { step }), beside: true, focus: field(params, 'focus') === true }, (place) => pages.own.set(place));
      return null;
    },
    save: (params) => save(text(field(params, 'name')).replace(/[/\\]/g, '-'), text(field(params, 'data')), field(params, 'encoding')),
    copy: async (params) => {
      await vscode.env.clipboard.writeText(text(field(params, 'text')));
      return null;
    },
    openPage: (params) => {
      const page: PageName | undefined = PAGES.find((name) => name === field(params, 'page'));
      if (page !== undefined) pages.open(page, field(params, 'params'));
      return Promise.resolve(null);
    },
    command: async (params) => {
      const command = text(field(params, 'command'));
      if (!PAGE_COMMANDS.includes(command)) return false;
      const argument = field(params, 'argument');
      await vscode.commands.executeCommand(command, ...(argument === undefined ? [] : [argument]));
      return true;
    },
    title: (params) => {
      view.title = text(field(params, 'title'));
      return Promise.resolve(null);
    },
  };
}
