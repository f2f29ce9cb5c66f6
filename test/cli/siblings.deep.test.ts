/** Winograd beside direct convolution on the command line, for the target c. */
import { test } from 'node:test';
import { noCompiler } from './ansor.js';
import { checkSiblings } from './sibling-checks.js';

test('c: winograd by rules, tuned beside direct convolution, the faster used', { skip: noCompiler }, () => checkSiblings('c'));
