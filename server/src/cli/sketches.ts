/** `ansor sketches`: every sketch of a task as state text. */
import type { Command } from 'commander';
import os from 'node:os';
import { defaultHardware, parseHardware } from '../hardware/defaults.js';
import { parseTarget } from '../hardware/parse.js';
import { stateText } from '../schedule/state-text.js';
import { readInput } from '../session/input.js';
import { SessionError } from '../session/problem.js';
import { generateSketches } from '../sketch/generate.js';
import { taskOf } from './dag.js';
import { printJson, type Streams } from './io.js';
import { bindingsOf, sizeOption, withBindings, withJson, type BindingFlags } from './options.js';

interface Flags extends BindingFlags { readonly task?: string; readonly target: string; readonly hardwareParams?: string; readonly json?: boolean; readonly size?: Record<string, number> }

export function sketchesCommand(program: Command, io: Streams): void {
  withJson(withBindings(program.command('sketches')
    .description('every sketch of a task as state text')
    .argument('<input>', 'an .onnx or .tc file')
    .option('--task <k>', 'index, name or key of a task')
    .option('--target <target>', 'a target string, also of a device that is not here', 'c')
    .option('--hardware-params <list>', 'the eight hardware parameters, comma-separated')
    .option('--size <name=n>', 'a size of a .tc file', sizeOption)))
    .action((inputName: string, flags: Flags) => {
      const { tasks } = readInput(inputName, { sizes: flags.size ?? {}, ...bindingsOf(flags) });
      if (flags.task === undefined && tasks.length > 1) throw new SessionError(`this file has ${tasks.length} tasks: choose one with --task`, { file: inputName }, true);
      const task = taskOf(tasks, flags.task ?? '0');
      const text = flags.target === 'c' ? `llvm -keys=cpu -num-cores=${os.availableParallelism()}`
        : flags.target === 'wasm' ? `llvm -keys=cpu -mattr=+simd128 -mtriple=wasm32-unknown-unknown -num-cores=${os.availableParallelism()}` : flags.target;
      const target = parseTarget(text);
      if (!target.ok) throw new SessionError(`not a target: ${target.error.message}`, {}, true);
      const hardware = flags.hardwareParams === undefined ? defaultHardware(target.value) : parseHardware(flags.hardwareParams);
      if (!hardware.ok) throw new SessionError(hardware.error, {}, true);
      const sketches = generateSketches({ dag: task.dag, target: target.value, hardware: hardware.value }).map((s) => stateText(s));
      if (flags.json === true) printJson(io, { sketches });
      else io.out(sketches.map((s, i) => `===== sketch ${i} =====\n${s}`).join('\n'));
    });
}
