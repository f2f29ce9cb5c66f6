/** The loop tree page. */
import { h, replace } from '../base/element.js';
import { runPage } from '../base/page.js';
import './loop-tree.css';

runPage(async (host, root) => {
  const view = await host.request('loopTree', host.params as never);
  replace(root, h('pre', {}, view.steps.at(-1)?.text ?? view.problem));
});
