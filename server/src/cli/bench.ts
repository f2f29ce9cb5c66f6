/** `ansor bench`: latency of the compiled network, checked, beside its peers. */
import { Option, type Command } from 'commander';
import { benchNetwork } from '../session/bench.js';
import { layersOf, type Layer } from '../session/layers.js';
import { readInput } from '../session/input.js';
import { standardInputs } from '../session/network.js';
import { withOperatorPlan } from '../session/operator-plan.js';
import { SessionError } from '../session/problem.js';
import { chooseSchedules, reusedFields, reusedWords } from '../session/records-of.js';
import { openReference } from '../session/reference.js';
import { printJson, type Streams } from './io.js';
import { algorithmsOption, backendOf, bindingsOf, positive, withBackend, withBindings, withJson, type BackendFlags, type BindingFlags } from './options.js';
import { formatTable, ms } from './table.js';

interface Flags extends BackendFlags, BindingFlags { readonly log?: string; readonly compare?: string; readonly calls: number; readonly layers?: boolean; readonly json?: boolean }

export function benchCommand(program: Command, io: Streams): void {
  withJson(withBindings(withBackend(program.command('bench')
    .description('run the compiled network, check its output, print latencies side by side')
    .argument('<input>', 'an .onnx file, or a .tc file with one operator')
    .option('--log <file>', 'a tuning log (default rules where it has no record)')
    .addOption(new Option('--compare <peer>', 'run a peer in turn with ours').choices(['onnxruntime']))
    .option('--layers', 'tell where the time goes: each task and operator in its place in the network')
    .addOption(algorithmsOption())
    .option('--calls <n>', 'calls of each', positive, 40))))
    .action(async (inputName: string, flags: Flags) => {
      const read = readInput(inputName, bindingsOf(flags));
      if (read.plan === undefined && flags.compare !== undefined) throw new SessionError('ONNX Runtime takes no .tc file: leave out --compare', { file: inputName }, true);
      const given = withOperatorPlan(read);
      const { plan } = given;
      const backend = await backendOf(flags);
      try {
        const chosen = flags.log === undefined ? undefined : chooseSchedules(given, flags.log, backend.targetText);
        if (chosen !== undefined) io.err(reusedWords(flags.log ?? '', chosen).map((line) => `${line}\n`).join(''));
        const reference = flags.compare === undefined ? undefined : await openReference(given.file, plan, standardInputs(plan), backend.threads);
        const report = await benchNetwork(backend, given, { calls: flags.calls, reference, choice: chosen?.choice ?? 'default', ...(chosen === undefined ? {} : { chosen: chosen.input }) });
        const layers = flags.layers === true ? await layersOf(backend, chosen?.input ?? given, chosen?.choice ?? 'default') : undefined;
        if (flags.json === true) {
          printJson(io, { ...report, ...(layers === undefined ? {} : { layers }), ...reusedFields(chosen) });
        } else {
          const rows = Object.entries(report.latencyMs).map(([name, l]) => [name, ms(l.median), ms(l.min), `${(l.spread * 100).toFixed(1)} %`]);
          io.out(`${formatTable(['latency', 'median', 'min', 'spread'], rows)}\n${report.latencyMs.naive === undefined ? 'the programs without a schedule take too long: they were not run to their end\n' : ''}largest error ${report.maxAbsError.toExponential(2)} (relative ${report.maxRelError.toExponential(2)}) against ${report.against}: ${report.ok ? 'ok' : 'WRONG'}\n`);
          if (layers !== undefined) io.out(`\n${layersTable(layers)}\n`);
        }
        if (!report.ok) throw new SessionError(`the output is wrong: relative error ${report.maxRelError.toExponential(2)} against ${report.against}`);
      } finally {
        await backend.close();
      }
    });
}

function layersTable(layers: readonly Layer[]): string {
  const rows = layers.map((l) => [l.name, String(l.calls), ms(l.ms), `${(l.share * 100).toFixed(1)} %`, l.gflops === null ? '-' : l.gflops.toFixed(1)]);
  return formatTable(['in the network', 'calls', 'all calls', 'share', 'GFLOP/s'], rows);
}
