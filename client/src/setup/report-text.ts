/** The setup report as a document that people read and paste into an issue. */
import * as vscode from 'vscode';
import type { DeviceReport, FolderReport, SetupReport } from '../../../server/src/protocol/setup-report.js';

const { t } = vscode.l10n;

/** Runs of one program that differ by more than this make small gains invisible. */
const NOISY = 0.1;
const BUSY = 0.5;
const LITTLE_BYTES = 2 ** 30;

export interface ReportContext { readonly extensionVersion: string; readonly trusted: boolean; readonly remote: string | undefined }

type Mark = 'ok' | 'warning' | 'problem';

export function reportText(report: SetupReport, { extensionVersion, trusted, remote }: ReportContext): string {
  const rows: string[] = [];
  const row = (mark: Mark, what: string, detail: string): number => rows.push(`- [${mark === 'ok' ? 'x' : ' '}] **${what}**: ${markWord(mark)}${detail}`);
  for (const device of report.devices) deviceRows(device, row);
  if (report.ran && report.devices.every((d) => !d.available)) row('problem', t('Tuning'), t('there is no device to measure on'));
  for (const { name, version, problem } of report.compilers) {
    if (version !== null) row('ok', name, version);
    else if (!/search path|not an executable/.test(problem ?? '')) row('warning', name, problem ?? '');
  }
  row(report.wasm.simd && report.wasm.threads ? 'ok' : 'warning', 'WebAssembly', `${report.wasm.simd ? t('vectors') : t('no vectors')}, ${report.wasm.threads ? t('threads') : t('no threads')}`);
  for (const folder of report.folders) folderRow(folder, row);
  const { system } = report;
  if (system.loadAverage !== null && system.loadAverage > BUSY * system.cores) row('warning', t('Load'), t('{0} on {1} cores: other programs are running and disturb measurements', system.loadAverage.toFixed(1), system.cores));
  row(report.clockMs < 0.01 ? 'ok' : 'warning', t('Clock'), t('steps of {0} ns', (report.clockMs * 1e6).toFixed(0)));
  const notes = trusted ? [] : ['', t('This workspace is not trusted: no program was started. Trust it to check compilers and to run a small program.')];
  return [
    `# ${t('Ansor: Setup')}`, '', ...rows, ...notes, '', `## ${t('Versions')}`, '',
    `- Ansor: ${extensionVersion} (${t('engine {0}', report.version)})`, `- VS Code: ${vscode.version}, ${vscode.env.appName}${remote === undefined ? '' : `, ${t('remote: {0}', remote)}`}`, `- node: ${report.node}`,
    `- ${system.os}, ${system.arch}`, `- ${system.cpu}, ${t('{0} cores', system.cores)}, ${gib(system.memoryBytes)}`, '',
  ].join('\n');
}

/** Words, since a colour or a sign alone would not be read aloud. */
function markWord(mark: Mark): string {
  return mark === 'ok' ? '' : mark === 'warning' ? `${t('Warning')}: ` : `${t('Problem')}: `;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function deviceRows(device: DeviceReport, row: (mark: Mark, what: string, detail: string) => void): void {
  const name = device.target === 'c' ? t('Target c (native code)') : t('Target wasm (WebAssembly)');
  // Without a compiler everything still works in WebAssembly.
  if (!device.available) return row(device.target === 'c' ? 'warning' : 'problem', name, `${device.problem ?? ''}. ${device.remedy ?? ''}`.trim());
  row('ok', name, `${device.compiler ?? ''}; ${t('{0} cores', device.cores ?? 0)}, ${t('vectors of {0} bytes', device.vectorBytes ?? 0)}; \`${device.targetText ?? ''}\``);
  const { kernel, kernelProblem } = device;
  if (kernelProblem !== undefined) row('problem', t('A small program on {0}', device.target), kernelProblem);
  if (kernel === undefined) return;
  row('ok', t('A small program on {0}', device.target), t('built, run and checked: {0} ms, {1} GFLOP/s (without a schedule {2} ms)', short(kernel.scheduledMs), short(kernel.gflops), kernel.naiveMs === null ? '-' : short(kernel.naiveMs)));
  const spread = Math.round(100 * kernel.spread);
  row(kernel.spread > NOISY ? 'warning' : 'ok', t('Noise on {0}', device.target), kernel.spread > NOISY
    ? t('{0} runs of it differ by {1} %: the machine is busy or its clock varies, and smaller gains cannot be seen', kernel.runs, spread) : t('{0} runs of it differ by {1} %', kernel.runs, spread));
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function folderRow({ purpose, path, writable, freeBytes, problem }: FolderReport, row: (mark: Mark, what: string, detail: string) => void): void {
  const name = purpose === 'cache' ? t('Cache folder') : purpose === 'log' ? t('Log folder') : t('Session folder');
  if (!writable) return row('problem', name, `\`${path}\`: ${problem ?? ''}`);
  const free = freeBytes === null ? '' : `, ${t('{0} free', gib(freeBytes))}`;
  row(freeBytes !== null && freeBytes < LITTLE_BYTES ? 'warning' : 'ok', name, `\`${path}\`, ${t('writable')}${free}`);
}
