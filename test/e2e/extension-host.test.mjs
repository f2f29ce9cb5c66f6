// The extension's mocha suite inside the real extension host of the workbench (code-server's), on the installed package.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../harness/editor.mjs';
import { bundleExtensionTests } from '../harness/extension-tests.mjs';
import { root } from '../harness/package-vsix.mjs';

const LONGEST_MS = 180_000;

/** The outcomes: `{ title, state, error? }`. */
async function runSuite(machine) {
  const tests = await bundleExtensionTests();
  const folder = makeFolder({ files: { 'resnet18.onnx': 'test/fixtures/models/resnet18.onnx' } });
  const server = await machine.server(true);
  const page = await machine.page();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  try {
    const code = await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`the extension host's tests did not end within ${LONGEST_MS / 1000} s`)), LONGEST_MS).unref();
      const at = (file) => `vscode-remote://${server.authority}${file}`;
      const payload = [['extensionDevelopmentPath', at(path.join(root, 'test/e2e/test-host'))], ['extensionTestsPath', at(tests)], ['skipWelcome', 'true']];
      page.exposeFunction('codeAutomationLog', () => undefined)
        .then(() => page.exposeFunction('codeAutomationExit', (exit) => resolve(exit)))
        .then(() => page.goto(`${server.url}?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`))
        .catch(reject);
    });
    if (!existsSync(machine.results)) throw new Error(`the extension host's tests left no results (code ${code}):\n${said.slice(-20).join('\n')}`);
    return JSON.parse(readFileSync(machine.results, 'utf8'));
  } finally {
    await page.goto('about:blank');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

export default (machine) => test('inside the extension host', { timeout: 240_000 }, async (context) => {
  for (const { title, error } of await runSuite(machine)) {
    await context.test(title, () => {
      if (error !== undefined) throw new Error(error);
    });
  }
});
