/** `ansor build`: the deployable result. */
import type { Command } from 'commander';
import { deploy } from '../session/deploy.js';
import { readInput } from '../session/input.js';
import { chooseSchedules, reusedFields, reusedWords } from '../session/records-of.js';
import { printJson, type Streams } from './io.js';
import { backendOf, bindingsOf, withBackend, withBindings, withJson, type BackendFlags, type BindingFlags } from './options.js';

interface Flags extends BackendFlags, BindingFlags { readonly log?: string; readonly output: string; readonly json?: boolean }

export function buildCommand(program: Command, io: Streams): void {
  withJson(withBindings(withBackend(program.command('build')
    .description('the deployable result: code, library, header, weights, manifest, and a small program that runs it')
    .argument('<input>', 'an .onnx file')
    .option('--log <file>', 'a tuning log (default rules where it has no record)')
    .requiredOption('-o, --output <folder>', 'where the files go'))))
    .action(async (inputName: string, flags: Flags) => {
      const given = readInput(inputName, bindingsOf(flags));
      const backend = await backendOf(flags);
      try {
        const chosen = flags.log === undefined ? undefined : chooseSchedules(given, flags.log, backend.targetText);
        if (chosen !== undefined) io.err(reusedWords(flags.log ?? '', chosen).map((line) => `${line}\n`).join(''));
        const result = await deploy(backend, chosen?.input ?? given, chosen?.choice ?? 'default', flags.output);
        if (flags.json === true) printJson(io, { folder: flags.output, ...result, ...reusedFields(chosen) });
        else io.out(`${flags.output}: ${result.files.join(', ')} (${(result.weightBytes / 1e6).toFixed(1)} MB of weights)\n`);
      } finally {
        await backend.close();
      }
    });
}
