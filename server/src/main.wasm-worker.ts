/** Program of the wasm runner's worker threads. */
import { startWorker } from './measure/wasm/worker.js';

startWorker();
