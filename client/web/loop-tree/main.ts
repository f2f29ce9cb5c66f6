/** The loop tree page: a record's program after each of its transform steps. */
import { runPage } from '../base/page.js';
import './loop-tree.css';
import { startLoopTree } from './page.js';

runPage(startLoopTree);
