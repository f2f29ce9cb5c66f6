/** Whether a session's measurements still speak for this machine: another CPU, compiler, flags or model make them strangers. */
import type { SessionNote } from '../../records/comments.js';
import type { PrintContext } from '../../schedule/steps/definition.js';

/** What is known of the machine that the editor runs on; undefined: not known. */
export interface Here { readonly cpu: string | undefined; readonly cores: number | undefined; readonly compiler: string | undefined }

/**
 * Reasons in words; empty: measured here, as far as the log says. `newest`: the log's last session, whose flags and model are those that
 * count now. `key`: of the record in question; a record fits a changed model if that still has its task.
 */
export function whyElsewhere(session: SessionNote, newest: SessionNote | undefined, here: Here, key: string | undefined, { t }: PrintContext): readonly string[] {
  const reasons: string[] = [];
  const { host, compiler, flags, backend } = session;
  if (host !== undefined && here.cpu !== undefined && host.cpu !== '' && host.cpu !== here.cpu) reasons.push(t('on another CPU: {cpu}', { cpu: host.cpu }));
  else if (host !== undefined && here.cores !== undefined && host.cores !== here.cores) reasons.push(t('with {count} cores, this machine has {here}', { count: host.cores, here: here.cores }));
  const compilerNow = here.compiler !== undefined && backend === 'c' ? here.compiler : newest?.backend === backend ? newest?.compiler : undefined;
  if (compiler !== undefined && compilerNow !== undefined && compiler !== compilerNow) reasons.push(t('with another compiler: {compiler}', { compiler }));
  if (newest === undefined || newest === session) return reasons;
  if (flags !== undefined && newest.flags !== undefined && newest.backend === backend && flags.join(' ') !== newest.flags.join(' ')) reasons.push(t('with other compiler flags: {flags}', { flags: flags.join(' ') }));
  if (session.model !== undefined && newest.model !== undefined && session.model.hash !== newest.model.hash) {
    if (key === undefined || !newest.model.tasks.some((task) => task.key === key)) reasons.push(t('for another model, or an earlier state of it', {}));
  }
  return reasons;
}
