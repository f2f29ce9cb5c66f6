/** The schedule diff page: two records side by side. */
import { runPage } from '../base/page.js';
import './schedule-diff.css';
import { startScheduleDiff } from './page.js';

runPage(startScheduleDiff);
