/** The package as it is shipped: what is in it, and what its manifest promises. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { stage } from '../harness/package-vsix.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const at = (name: string): string => path.join(root, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

interface Manifest {
  readonly icon: string;
  readonly main: string;
  readonly browser: string;
  readonly keywords: readonly string[];
  readonly categories: readonly string[];
  readonly pricing: string;
  readonly extensionKind: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly supported: unknown; readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly colors: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
    readonly walkthroughs: readonly { readonly steps: readonly { readonly description: string; readonly media: { readonly svg: string }; readonly completionEvents: readonly string[] }[] }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope?: string; readonly default?: unknown; readonly description?: string; readonly markdownDescription?: string }>> };
    readonly problemMatchers: readonly { readonly pattern: { readonly regexp: string } }[];
  };
}
const manifest: Manifest = JSON.parse(read('package.json'));
const texts: Readonly<Record<string, string>> = JSON.parse(read('package.nls.json'));
const { contributes } = manifest;
const commands = new Set(contributes.commands.map(({ command }) => command));
const sources = readdirSync(at('client/src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => read(`client/src/${name}`)).join('\n');

test('the package holds what runs and nothing else, and stays below 10 MB', { timeout: 120_000 }, (context) => {
  if (['dist/extension.cjs', 'dist/wasm-model.mjs'].some((name) => !existsSync(at(name)))) assert.equal(spawnSync(process.execPath, [at('tools/build.mjs')], { cwd: root, encoding: 'utf8' }).status, 0);
  const staged = stage();
  context.after(() => rmSync(staged, { recursive: true, force: true }));
  const listed = spawnSync(process.execPath, [at('node_modules/@vscode/vsce/vsce'), 'ls', '--no-dependencies'], { cwd: staged, encoding: 'utf8' });
  assert.equal(listed.status, 0, listed.stderr);
  const files = listed.stdout.split('\n').filter((name) => name !== '' && existsSync(at(name)));
  const allowed = /^(dist\/([\w-]+(\.web)?\.(cjs|m?js)|[\w-]+\.LEGAL\.txt|runner\/[\w-]+\.[ch]|web\/[\w./-]+)|client\/l10n\/[\w.-]+\.json|media\/[\w./-]+\.(png|svg)|syntaxes\/[\w.-]+\.json|samples\/[\w.-]+|package(\.nls(\.[a-z-]+)?)?\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
  assert.deepEqual(files.filter((name) => !allowed.test(name)), []);
  assert.deepEqual(files.filter((name) => name.endsWith('.map')), []);
  for (const name of [manifest.main, manifest.browser, manifest.icon, 'dist/server.cjs', 'dist/server.web.js', 'dist/ansor.cjs', 'dist/wasm-host.cjs', 'dist/wasm-model.mjs', 'dist/runner/main.c', 'samples/matmul.tc', 'README.md', 'CHANGELOG.md', 'package.nls.json', 'package.nls.de.json', 'client/l10n/bundle.l10n.de.json']) {
    assert.ok(files.includes(name.replace('./', '')), name);
  }
  const packed = files.reduce((sum, name) => sum + gzipSync(readFileSync(at(name))).length, 0);
  assert.ok(packed < 10e6, `${packed} bytes`);
});

test('the marketplace gets a PNG icon of 128 x 128, categories, keywords and a price', () => {
  const png = readFileSync(at(manifest.icon));
  assert.deepEqual([png.subarray(1, 4).toString('latin1'), png.readUInt32BE(16), png.readUInt32BE(20)], ['PNG', 128, 128]);
  const known = ['Programming Languages', 'Machine Learning', 'Data Science', 'Visualization', 'Other'];
  assert.deepEqual(manifest.categories.filter((c) => !known.includes(c)), []);
  assert.ok(manifest.keywords.length >= 5 && manifest.keywords.length <= 30);
  assert.equal(manifest.pricing, 'Free');
  assert.deepEqual(manifest.extensionKind, ['workspace']);
  assert.ok(/telemetry/i.test(read('README.md')));
});

test('every command is made somewhere, and whatever links to one names one that there is', () => {
  assert.deepEqual([...commands].filter((id) => !sources.includes(`'${id}'`)), []);
  const linked = [...Object.values(texts).join('\n').matchAll(/command:(ansor\.\w+)/g)].map((m) => m[1] ?? '');
  assert.ok(linked.length >= 5);
  assert.deepEqual(linked.filter((id) => !commands.has(id)), []);
  const completing = contributes.walkthroughs.flatMap((w) => w.steps.flatMap((s) => s.completionEvents)).flatMap((e) => /^onCommand:(.*)$/.exec(e)?.[1] ?? []);
  assert.deepEqual(completing.filter((id) => !commands.has(id)), []);
});

test('pictures of the walkthrough follow the theme: no fixed colour but as a fallback', () => {
  const pictures = contributes.walkthroughs.flatMap((w) => w.steps.map((s) => s.media.svg));
  assert.equal(pictures.length, 4);
  for (const name of pictures) {
    const svg = read(name);
    assert.match(svg, /^<svg /);
    assert.deepEqual(svg.replaceAll(/var\([^"]*\)/g, '').match(/#[0-9a-f]{3,8}|rgb\(|<script|href=/gi), null, name);
  }
});

test('theme colours are there for all four kinds of themes, and can be read on their backgrounds', () => {
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
  const grounds: Readonly<Record<string, readonly [string, number]>> = { dark: ['#1f1f1f', 4.5], light: ['#ffffff', 4.5], highContrast: ['#000000', 7], highContrastLight: ['#ffffff', 7] };
  assert.ok(contributes.colors.length >= 8);
  for (const { id, defaults } of contributes.colors) {
    assert.deepEqual(Object.keys(defaults).sort(), Object.keys(grounds).sort(), id);
    for (const [theme, [ground, least]] of Object.entries(grounds)) assert.ok(contrast(defaults[theme] ?? ground, ground) >= least, `${id} in ${theme}: ${contrast(defaults[theme] ?? ground, ground).toFixed(1)}`);
  }
});

test('settings have defaults and descriptions; those that name programs belong to the machine and are not read in untrusted workspaces', () => {
  for (const [name, setting] of Object.entries(contributes.configuration.properties)) {
    assert.ok('default' in setting, name);
    assert.ok((setting.markdownDescription ?? setting.description ?? '').startsWith('%'), name);
    if (/path|compiler/i.test(name)) assert.equal(setting.scope, 'machine', name);
  }
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, 'limited');
  for (const name of ['ansor.compilerPath', 'ansor.target', 'ansor.logDirectory']) assert.ok(restrictedConfigurations.includes(name), name);
  assert.deepEqual(restrictedConfigurations.filter((name) => !(name in contributes.configuration.properties)), []);
});

test('the problem matcher reads what the command line says', () => {
  const pattern = new RegExp(contributes.problemMatchers[0]?.pattern.regexp ?? '');
  const cases: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    ['ansor: broken.tc:2:24: unknown tensor "missing"', ['broken.tc', '2', '24', 'unknown tensor "missing"']],
    ['ansor: /a b/x.ansor.jsonl:12: there is no record on this line', ['/a b/x.ansor.jsonl', '12', undefined, 'there is no record on this line']],
    ['C:\\models\\x.tc:3:1: expected ")"', ['C:\\models\\x.tc', '3', '1', 'expected ")"']],
  ];
  for (const [line, wanted] of cases) assert.deepEqual(pattern.exec(line)?.slice(1), wanted, line);
  for (const line of ['32/32 trials, 0 failed, 29 s, about 0 s left', 'latency: naive 28.0 ms, before 8.79 ms, now 5.20 ms', '  dense_relu: 8.79 ms, 1.9 GFLOP/s (line 3)']) assert.equal(pattern.exec(line), null, line);
});

test('the samples are small and whole', () => {
  assert.ok(statSync(at('samples/small-cnn.onnx')).size < 100_000);
  assert.match(read('samples/matmul.tc'), /def dense_relu/);
});
