// Runs a program that waits a minute, with another behind it; it writes its process group into the file `group` of the folder that is the argument. Killed by the test.
import { runProcess } from '../../../server/src/target/c/process.js';

// The parent of what runs is the group's first process.
void runProcess(['/bin/sh', '-c', 'sleep 60 & echo $PPID > part; mv part group; wait'], { cwd: process.argv[2], timeoutMs: 60_000, endWithParent: true });
