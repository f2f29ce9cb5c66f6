/** The schedule diff page. */
import { h, replace } from '../base/element.js';
import { runPage } from '../base/page.js';
import './schedule-diff.css';

runPage(async (host, root) => {
  const view = await host.request('scheduleDiff', host.params as never);
  replace(root, h('p', {}, view.sentence));
});
