/** What every command works with. */
import type { Server } from '../server.js';
import type { Sessions } from '../sessions.js';

export interface Context { readonly server: Server; readonly sessions: Sessions }
