// The same mocha suite in a desktop VS Code, where one can be downloaded: `node test/e2e/desktop.mjs`.
import { runTests } from '@vscode/test-electron';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleExtensionTests } from '../harness/extension-tests.mjs';
import { packageVsix, root } from '../harness/package-vsix.mjs';
import { tempDir } from '../harness/vscode-server.mjs';

export async function runDesktopSuite() {
  packageVsix();
  const folder = tempDir('workspace');
  cpSync(path.join(root, 'test/e2e/workspace'), folder, { recursive: true });
  cpSync(path.join(root, 'test/fixtures/models/resnet18.onnx'), path.join(folder, 'resnet18.onnx'));
  mkdirSync(path.join(root, '.cache/vscode'), { recursive: true });
  try {
    return await runTests({
      version: process.env.VSCODE_VERSION ?? '1.100.3', cachePath: path.join(root, '.cache/vscode'), extensionDevelopmentPath: root,
      extensionTestsPath: await bundleExtensionTests(), launchArgs: [folder, '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', tempDir('user')],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await runDesktopSuite());
