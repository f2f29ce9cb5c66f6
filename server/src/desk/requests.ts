/** All requests of pages with what answers them: a new one is a line here, a line in `DeskRequests` (protocol/page.ts) and a file. */
import type { Answers } from './desk.js';
import { loopTreeRequest } from './loop-tree-request.js';
import { recordChoicesRequest } from './record-choices-request.js';
import { scheduleDiffRequest } from './schedule-diff-request.js';

export const REQUESTS: Answers = {
  loopTree: loopTreeRequest,
  recordChoices: recordChoicesRequest,
  scheduleDiff: scheduleDiffRequest,
};
