/** `ansor log`: care of logs. One file per verb in `log/`. */
import type { Command } from 'commander';
import type { Streams } from './io.js';
import { checkCommand } from './log/check.js';
import { convertCommand } from './log/convert.js';
import { distillCommand, mergeCommand } from './log/merge.js';
import { remeasureCommand } from './log/remeasure.js';
import { statsCommand } from './log/stats.js';

export function logCommand(program: Command, io: Streams): void {
  const group = program.command('log').description('check, merge, distill, convert, count or measure again what logs hold');
  for (const add of [checkCommand, distillCommand, mergeCommand, statsCommand, convertCommand, remeasureCommand]) add(group, io);
  for (const c of group.commands) c.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
}
