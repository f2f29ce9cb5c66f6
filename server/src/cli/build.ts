/** `ansor build`: the deployable result. */
import type { Command } from 'commander';
import { deploy } from '../session/deploy/deploy.js';
import { readInput } from '../session/input.js';
import { chooseSchedules, reusedFields, reusedWords } from '../session/records-of.js';
import { printJson, type Streams } from './io.js';
import { algorithmsOption, backendOf, dimOption, valueOption, withBackend, withJson, type BackendFlags, type BindingFlags } from './options.js';

type Dims = ReadonlyMap<string, number>;

interface Flags extends BackendFlags, Pick<BindingFlags, 'value'> { readonly algorithms: 'direct' | 'all'; readonly log?: string; readonly output: string; readonly json?: boolean; readonly dim?: readonly Dims[] }

export function buildCommand(program: Command, io: Streams): void {
  withJson(withBackend(program.command('build')
    .description('the deployable result: code, library, header, weights, manifest, and small programs that run it')
    .argument('<input>', 'an .onnx file')
    .option('--log <file>', 'a tuning log (default rules where it has no record)')
    .requiredOption('-o, --output <folder>', 'where the files go')
    .option('--dim <name=n,...>', "extents of a model's symbolic dimensions; again with the same names: a further binding in the same result", furtherDims)
    .option('--value <name=n,...>', 'elements of an input that decides shapes; it becomes a constant of the network', valueOption)
    .addOption(algorithmsOption())))
    .action(async (inputName: string, flags: Flags) => {
      const given = (flags.dim ?? [new Map()]).map((dims) => ({ dims, input: readInput(inputName, { dims, algorithms: flags.algorithms, ...(flags.value === undefined ? {} : { values: flags.value }) }) }));
      const backend = await backendOf(flags);
      try {
        const chosen = given.map(({ input }) => (flags.log === undefined ? undefined : chooseSchedules(input, flags.log, backend.targetText)));
        const words = chosen.flatMap((c) => (c === undefined ? [] : reusedWords(flags.log ?? '', c)));
        io.err([...new Set(words)].map((line) => `${line}\n`).join(''));
        const result = await deploy(backend, given.map(({ dims, input }, i) => ({ dims, input: chosen[i]?.input ?? input, choice: chosen[i]?.choice ?? 'default' })), flags.output);
        if (flags.json === true) printJson(io, { folder: flags.output, ...result, bindings: given.map(({ dims }, i) => ({ dims: Object.fromEntries(dims), ...reusedFields(chosen[i]) })), ...reusedFields(chosen[0]) });
        else io.out(`${flags.output}: ${result.files.join(', ')} (${(result.weightBytes / 1e6).toFixed(1)} MB of weights${given.length === 1 ? '' : `, ${given.length} bindings`})\n`);
      } finally {
        await backend.close();
      }
    });
}

/** A dimension that has its extent already begins a further binding. */
function furtherDims(text: string, before: readonly Dims[] = []): readonly Dims[] {
  const dims = dimOption(text);
  const last = before.at(-1);
  if (last === undefined || [...dims.keys()].some((name) => last.has(name))) return [...before, dims];
  return [...before.slice(0, -1), new Map([...last, ...dims])];
}
