/** The extension's behaviour as other extensions and the workbench see it. The workspace is a copy of `test/e2e/workspace`. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const ID = 'ansor.ansor';

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`timed out: ${what}`);
}

function file(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

async function open(name: string, language: string): Promise<vscode.TextDocument> {
  await vscode.workspace.openTextDocument(file(name));
  return until(`${name} as ${language}`, () => vscode.workspace.textDocuments.find((d) => d.uri.toString() === file(name).toString() && d.languageId === language));
}

async function hover(uri: vscode.Uri, line: number, character: number): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, new vscode.Position(line, character));
  return hovers.flatMap((h) => h.contents).map((c) => (typeof c === 'string' ? c : c.value)).join('\n');
}

suite('extension', () => {
  test('runs where the workspace is, with all its commands', async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.extensionKind, vscode.ExtensionKind.Workspace);
    const commands = await vscode.commands.getCommands(true);
    for (const name of ['tuneCurrentModel', 'cancelTuning', 'reattach', 'showLog']) assert.ok(commands.includes(`ansor.${name}`), name);
  });

  test('gives tuning logs their language and leaves other JSON alone', async () => {
    await open('records.json', 'ansor-log');
    await open('ordinary.json', 'json');
    await open('small.tc', 'ansor-tc');
  });

  test('a hover over a record tells its steps in words, within 100 ms once the server is warm', async () => {
    const document = await open('records.json', 'ansor-log');
    let text = '';
    for (const end = Date.now() + 30_000; text === '' && Date.now() < end;) text = await hover(document.uri, 0, 160);
    assert.match(text, /split iterator i\\_c \\\(512\\\) of C\\\.local into/);
    const times: number[] = [];
    for (let k = 0; k < 9; k++) {
      const start = performance.now();
      await hover(document.uri, 2 + (k % 4), 160);
      times.push(performance.now() - start);
    }
    const median = times.sort((x, y) => x - y)[4] ?? Infinity;
    assert.ok(median < 100, `half of the hovers took more than ${median} ms`);
  });

  test('marks the damaged lines of a log, and only those', async () => {
    const document = await open('damaged.json', 'ansor-log');
    const found = await until('diagnostics', () => {
      const list = vscode.languages.getDiagnostics(document.uri);
      return list.length >= 2 ? list : undefined;
    });
    assert.deepEqual(found.map((d) => d.range.start.line), [1, 2]);
    assert.match(found[0]?.message ?? '', /unknown transform step "CHX"/);
  });

  test('opens models in its own editor', async () => {
    await vscode.commands.executeCommand('vscode.open', file('resnet18.onnx'));
    const input = await until('the tab', () => {
      const active = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return active instanceof vscode.TabInputCustom ? active : undefined;
    });
    assert.equal(input.viewType, 'ansor.model');
  });
});
