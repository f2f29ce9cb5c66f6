// `npm start`: the main job on a model that ships with the project: tune ResNet-18 for this machine, then compare it with ONNX Runtime.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { ensureNpmPackages } from './packages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
if (!ensureNpmPackages(root)) {
  console.error('npm packages could not be installed: is the registry reachable?');
  process.exit(1);
}
mkdirSync(path.join(root, 'out'), { recursive: true });
const model = 'test/fixtures/models/resnet18.onnx';
const log = 'out/resnet18.ansor.jsonl';

function ansor(...args) {
  console.error(`$ ansor ${args.join(' ')}`);
  const r = spawnSync(process.execPath, ['tools/ansor.mjs', ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, INIT_CWD: root } });
  if (r.status !== 0) process.exit(r.status ?? 1);
}

ansor('tune', model, '--log', log, '--trials', '100', '--time-limit', '150', ...process.argv.slice(2));
ansor('bench', model, '--log', log, '--compare', 'onnxruntime', ...process.argv.slice(2));
console.error(`\nThe log ${log} explains every program that was tried: "npm run --silent ansor -- show ${log}".`);
