import type { ComputeDag } from '../dag/compute-dag.js';
export function printTc(_dag: ComputeDag, name: string): string { return `# ${name}`; }
