/** What we depend on: exact versions, one registry, known contents, licences that allow it; audited where the registry answers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
interface Locked { readonly version?: string; readonly resolved?: string; readonly integrity?: string; readonly license?: string; readonly link?: boolean; readonly dev?: boolean; readonly optional?: boolean }
interface Manifest { readonly dependencies?: Record<string, string>; readonly devDependencies?: Record<string, string>; readonly packages?: Record<string, Locked>; readonly lockfileVersion?: number }
const read = (name: string): Manifest => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as Manifest;
const own = read('package.json');
const lock = read('package-lock.json');
const packages = Object.entries(lock.packages ?? {}).filter(([name]) => name !== '');

const LICENCES = /^\(?(MIT|MIT-0|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|CC-BY-3\.0|CC-BY-4\.0|Python-2\.0|Unlicense|WTFPL|MPL-2\.0|Artistic-2\.0|LGPL-3\.0-or-later)( (OR|AND) [A-Za-z0-9.-]+)*\)?$/;
/** The store's own signing tool, which packages the extension and is no part of it. */
const TOOLS = /^node_modules\/@vscode\/vsce-sign(-|$)/;
/** Weak copyleft only for what we do not ship. */
const SHIPPED = /^\(?(MIT|MIT-0|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense)( (OR|AND) [A-Za-z0-9.-]+)*\)?$/;

test('every version that we ask for is exact', () => {
  for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies })) assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
});

test('every package has a version, comes from the registry, and has the hash of its contents', () => {
  assert.ok((lock.lockfileVersion ?? 0) >= 2 && packages.length > 50);
  for (const [name, p] of packages) {
    if (p.link === true) continue;
    assert.match(p.version ?? '', /^\d+\.\d+\.\d+/, name);
    // Absent: the registry that npm is set to, whose contents the hash checks.
    if (p.resolved !== undefined) assert.match(p.resolved, /^https:\/\/registry\.npmjs\.org\//, name);
    assert.match(p.integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, name);
  }
});

test('licences are on the list; what is shipped has a permissive one', () => {
  const unknown = packages.filter(([name, p]) => !(p.dev === true && TOOLS.test(name)) && p.license !== undefined && !LICENCES.test(p.license)).map(([name, p]) => `${name}: ${p.license}`);
  assert.deepEqual(unknown, []);
  const shipped = packages.filter(([, p]) => p.dev !== true && p.license !== undefined && !p.license.replace(/[()]/g, '').split(' OR ').some((one) => SHIPPED.test(one))).map(([name, p]) => `${name}: ${p.license}`);
  assert.deepEqual(shipped, []);
});

test('npm audit of what is shipped', { timeout: 120_000 }, (t) => {
  const ran = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8', timeout: 100_000 });
  let report: { auditReportVersion?: number; metadata?: { vulnerabilities?: Record<string, number> } } = {};
  try {
    report = JSON.parse(ran.stdout) as typeof report;
  } catch {
    // Not even JSON: nothing answered.
  }
  const found = report.metadata?.vulnerabilities;
  if (report.auditReportVersion === undefined || found === undefined) {
    t.skip('the registry does not answer audits here');
    return;
  }
  assert.deepEqual([found['critical'] ?? 0, found['high'] ?? 0], [0, 0], ran.stdout.slice(0, 2000));
});
