/** What a session says about itself: the content of the lock file beside its log, and of its entry in the session folder. */
export interface SessionInfo {
  /** Unique among all sessions of a machine. */
  readonly id: string;
  readonly pid: number;
  /** Host name: a process id means nothing on another machine. */
  readonly host: string;
  /** Path of the local socket, or name of the named pipe. */
  readonly socket: string;
  /** Absolute path. */
  readonly log: string;
  /** Absolute path of the model or `.tc` file. */
  readonly model: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** Version of Ansor that runs it. */
  readonly version: string;
}
