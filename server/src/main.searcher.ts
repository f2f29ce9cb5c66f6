/** Program of the threads that search. */
import { parentPort } from 'node:worker_threads';
import { SearchHost, type SearchMessage } from './session/tune/search-host.js';

const host = new SearchHost((answer) => parentPort?.postMessage(answer), () => new Promise((resolve) => { setImmediate(resolve); }));
parentPort?.on('message', (message: SearchMessage) => { host.take(message); });
