/** The script of the record table. */
import { runPage } from '../base/page.js';
import './record-table.css';
import { RecordTablePage } from './page.js';

runPage((host, root) => {
  const params = typeof host.params === 'object' && host.params !== null ? Object.entries(host.params) : [];
  const uri: unknown = params.find(([name]) => name === 'uri')?.[1];
  const line: unknown = params.find(([name]) => name === 'line')?.[1];
  if (typeof uri !== 'string') throw new Error('no log was named');
  const page = new RecordTablePage(root, host, uri);
  return typeof line === 'number' ? page.find(line) : Promise.resolve();
});
