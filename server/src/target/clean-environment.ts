/**
 * The environment of compilers and runners: what they need to find themselves and their temporary folder, nothing that makes a program load
 * or include something else (LD_PRELOAD, CPATH, GCC_EXEC_PREFIX, NODE_OPTIONS, ...).
 */
const KEPT: ReadonlySet<string> = new Set([
  'PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'TMP', 'TEMP', 'TZ', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR',
  // Windows and macOS.
  'SYSTEMROOT', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'NUMBER_OF_PROCESSORS', 'SDKROOT', 'DEVELOPER_DIR',
]);
const KEPT_PREFIX = /^(ANSOR_|NIX_|ZIG_)/;

/** `given` without what is not on the list; messages are in English, so that logs read the same everywhere. */
export function cleanEnvironment(given: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(given).filter(([name]) => KEPT.has(name.toUpperCase()) || KEPT_PREFIX.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
