/** The printer of the language. It lies with the DAG, since rooms that do not see this one name tasks by its text. */
export { printTc } from '../dag/print-tc.js';
