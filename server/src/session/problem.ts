/** A failure that a person can do something about: one line, with the place in a file where there is one. */
export class SessionError extends Error {
  /** `mendable`: what a person can do about it can be done while a session waits. */
  constructor(message: string, readonly place: { readonly file?: string; readonly line?: number; readonly column?: number } = {}, readonly usage = false, readonly mendable = false) {
    super(message);
    this.name = 'SessionError';
  }
}

/** One line for people: `file:line:column: message`. */
export function describeProblem(e: SessionError): string {
  const { file, line, column } = e.place;
  const place = [file, line, column].filter((x) => x !== undefined).join(':');
  return oneLine(place === '' ? e.message : `${place}: ${e.message}`);
}

/** Messages of compilers and systems have several lines; a person gets one. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' | ');
}

/** What a failed system call means for a person; `better`: other words for some codes. */
export function systemProblem(e: unknown, what: string, file: string, better: Readonly<Record<string, string>> = {}): SessionError {
  const code = e instanceof Error && 'code' in e ? String(e.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file', EACCES: 'permission denied: make it readable and writable, or choose another place', EPERM: 'permission denied',
    EISDIR: 'this is a folder, not a file', ENOSPC: 'the disk is full: free some space and start the same command again, it goes on where it stopped',
    EROFS: 'the folder is read-only: choose another place with --log', ENOTDIR: 'a part of the path is not a folder', EFBIG: 'the file may not grow further (size limit): raise the limit or choose another place',
    EDQUOT: 'the disk quota is used up: free some space and start the same command again', EMFILE: 'too many open files',
    EEXIST: 'there is something else of this name', ELOOP: 'a symbolic link points to itself', ENAMETOOLONG: 'the name is too long', ...better,
  };
  return new SessionError(`${what}: ${reasons[code] ?? (e instanceof Error ? e.message : String(e))}`, { file }, false, MENDABLE.has(code));
}

/** Codes of a full disk, a folder that went away or became read-only, a share that does not answer. Size limits of a process stay. */
const MENDABLE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EIO', 'ENXIO', 'ESTALE', 'ETIMEDOUT', 'EMFILE', 'ENFILE']);
