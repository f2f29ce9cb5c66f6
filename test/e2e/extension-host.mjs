// The extension's mocha suite inside the real extension host of the workbench (code-server's), on the installed package.
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { launchChromium } from '../harness/browser.mjs';
import { bundleExtensionTests } from '../harness/extension-tests.mjs';
import { packageVsix, root } from '../harness/package-vsix.mjs';
import { installVsix, startServer, tempDir } from '../harness/vscode-server.mjs';

const LONGEST_MS = 180_000;

/** The outcomes: `{ title, state, error? }`. */
export async function runExtensionHostSuite(vsix = packageVsix()) {
  const tests = await bundleExtensionTests();
  const folder = tempDir('workspace');
  cpSync(path.join(root, 'test/e2e/workspace'), folder, { recursive: true });
  cpSync(path.join(root, 'test/fixtures/models/resnet18.onnx'), path.join(folder, 'resnet18.onnx'));
  const dataDir = tempDir('data');
  installVsix(dataDir, vsix);
  const results = path.join(folder, '..', `${path.basename(folder)}.results.json`);
  const server = await startServer({ dataDir, args: ['--enable-smoke-test-driver'], env: { ANSOR_E2E_RESULTS: results } });
  const context = await launchChromium();
  const page = context.pages()[0] ?? (await context.newPage());
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
    if (!existsSync(results)) throw new Error(`the extension host's tests left no results (code ${code}):\n${said.slice(-20).join('\n')}`);
    return JSON.parse(readFileSync(results, 'utf8'));
  } finally {
    await context.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(results, { force: true });
  }
}
