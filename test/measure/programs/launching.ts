// Launches a program that waits, and pauses it once something comes on standard input. Killed by the test. Arguments: the runner's program, the folder to run in, the script, its limits as JSON.
import { DeviceGate } from '../../../server/src/measure/gate.js';
import { ProcessLauncher, type ProcessLimits } from '../../../server/src/measure/process-launcher.js';

const [program = '', cwd = '', script = '', limits = ''] = process.argv.slice(2);
const gate = new DeviceGate();
const launcher = new ProcessLauncher({ program: () => Promise.resolve(program), gate });
void launcher.run(['/bin/sh', '-c', script], { cwd, timeoutMs: 60_000, limits: JSON.parse(limits) as ProcessLimits });
process.stdin.on('data', () => void gate.timed(() => new Promise(() => { process.stdout.write('paused\n'); })));
