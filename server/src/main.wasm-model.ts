/** The JavaScript module beside a network that was built for WebAssembly: `ansor build --target wasm` copies it. */
export { load } from './session/deploy/wasm-model.js';
