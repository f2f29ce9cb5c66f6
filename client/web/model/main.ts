/** The script of a model's page. */
import { runPage } from '../base/page.js';
import './model.css';
import { ModelPage } from './page.js';

runPage((host, root) => {
  const params: Readonly<Record<string, unknown>> = typeof host.params === 'object' && host.params !== null ? Object.fromEntries(Object.entries(host.params)) : {};
  const { uri, log } = params;
  if (typeof uri !== 'string') throw new Error('no model was named');
  return new ModelPage(root, host, uri, typeof log === 'string' ? log : undefined).refresh();
});
