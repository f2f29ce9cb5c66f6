/** Program of the threads that search. */
import { parentPort, workerData } from 'node:worker_threads';
import { GatePort } from './measure/gate-port.js';
import { SearchHost, type SearcherData, type SearchMessage } from './session/tune/search-host.js';
import { SharedPace } from './session/tune/shared-pace.js';

const { seat } = workerData as SearcherData;
const pace = new SharedPace(() => new Promise((resolve) => { setImmediate(resolve); }), new GatePort(seat));
const host = new SearchHost((answer) => parentPort?.postMessage(answer), pace);
parentPort?.on('message', (message: SearchMessage) => { host.take(message); });
