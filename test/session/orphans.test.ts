/** The process that runs WebAssembly programs ends with the session, even while a program keeps it busy. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folder, until } from '../cli/ansor.js';
import { testProgram } from '../harness/program.js';

const PARENT = /\) (\S) (\d+)/;

function childrenOf(pid: number): number[] {
  return readdirSync('/proc').filter((n) => /^\d+$/.test(n)).flatMap((n) => {
    try {
      return Number(PARENT.exec(readFileSync(`/proc/${n}/stat`, 'latin1'))?.[2]) === pid ? [Number(n)] : [];
    } catch {
      return [];
    }
  });
}

function lives(pid: number): boolean {
  try {
    return PARENT.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] !== 'Z';
  } catch {
    return false;
  }
}

test('a session killed while a program spins', { skip: process.platform === 'linux' ? false : 'no /proc to look for processes in' }, async () => {
  const program = testProgram('session/programs/spinning-wasm');
  const session = spawn(process.execPath, [...program.options, program.file, path.join(folder, 'dist/wasm-host.cjs'), path.join(folder, 'spin.wasm')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  session.stdout.on('data', (d: Buffer) => { said += d.toString(); });
  await until('the program', () => (said !== '' ? true : undefined));
  assert.equal(said, 'spinning\n');
  const hosts = childrenOf(session.pid ?? 0).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('wasm-host'));
  assert.equal(hosts.length, 1);
  session.kill('SIGKILL');
  try {
    await until('its end', () => (hosts.some(lives) ? undefined : true), 10);
  } finally {
    for (const pid of hosts.filter(lives)) process.kill(pid, 'SIGKILL');
  }
});
