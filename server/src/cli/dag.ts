/** `ansor dag`: the compute DAG as text, its hash and workload key. */
import type { Command } from 'commander';
import { dagHash, dagText } from '../dag/text.js';
import { readInput, type InputTask } from '../session/input.js';
import { SessionError } from '../session/problem.js';
import { printJson, type Streams } from './io.js';
import { bindingsOf, sizeOption, withBindings, withJson, type BindingFlags } from './options.js';

interface Flags extends BindingFlags { readonly task?: string; readonly json?: boolean; readonly size?: Record<string, number> }

export function dagCommand(program: Command, io: Streams): void {
  withJson(withBindings(program.command('dag')
    .description('the compute DAG as text, its hash and workload key')
    .argument('<input>', 'an .onnx or .tc file')
    .option('--task <k>', 'index, name or key of a task')
    .option('--size <name=n>', 'a size of a .tc file', sizeOption)))
    .action((inputName: string, flags: Flags) => {
      const { tasks } = readInput(inputName, { sizes: flags.size ?? {}, ...bindingsOf(flags) });
      const chosen = flags.task === undefined ? tasks : [taskOf(tasks, flags.task)];
      const documents = chosen.map((t) => ({ text: dagText(t.dag), hash: dagHash(t.dag), workloadKey: t.key, flops: t.flops }));
      if (flags.json === true) printJson(io, documents.length === 1 ? documents[0] : documents);
      else io.out(documents.map((d, i) => `# ${chosen[i]?.name ?? ''} ${d.workloadKey}, ${d.flops} FLOPs\n${d.text}`).join('\n'));
    });
}

/** The task that a person means. @throws SessionError */
export function taskOf(tasks: readonly InputTask[], wanted: string): InputTask {
  const found = /^\d+$/.test(wanted) ? tasks[Number(wanted)] : tasks.find((t) => t.name === wanted || t.key === wanted);
  if (found === undefined) throw new SessionError(`there is no task ${wanted}: there are ${tasks.length}, from 0 (${tasks[0]?.name ?? ''}) on; "ansor tasks" lists them`, {}, true);
  return found;
}
