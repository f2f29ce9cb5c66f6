/** Program of the wasm runner's child process. */
import { startHost } from './measure/wasm/host.js';

startHost();
