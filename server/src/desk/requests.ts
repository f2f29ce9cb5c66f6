/** All requests of pages with what answers them: a new one is a line here, a line in `DeskRequests` (protocol/page.ts) and a file. */
import { dashboardRequest, failureTextRequest, reproduceRequest, sessionControlRequest } from './dashboard/requests.js';
import type { Answers } from './desk.js';
import { loopTreeRequest } from './loop-tree-request.js';
import { modelRequest, tuneEstimateRequest } from './model/requests.js';
import { recordChoicesRequest } from './record-choices-request.js';
import { recordExportRequest, recordLinesRequest, recordRowsRequest } from './records/requests.js';
import { scheduleDiffRequest } from './schedule-diff-request.js';

export const REQUESTS: Answers = {
  loopTree: loopTreeRequest,
  dashboard: dashboardRequest,
  failureText: failureTextRequest,
  model: modelRequest,
  recordChoices: recordChoicesRequest,
  recordExport: recordExportRequest,
  recordLines: recordLinesRequest,
  recordRows: recordRowsRequest,
  reproduce: reproduceRequest,
  scheduleDiff: scheduleDiffRequest,
  sessionControl: sessionControlRequest,
  tuneEstimate: tuneEstimateRequest,
};
