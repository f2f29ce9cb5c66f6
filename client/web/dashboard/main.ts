/** The script of the dashboard. */
import { runPage } from '../base/page.js';
import './dashboard.css';
import { DashboardPage } from './page.js';

runPage((host, root) => new DashboardPage(root, host).refresh());
