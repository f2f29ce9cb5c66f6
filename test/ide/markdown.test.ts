/** What text of strangers becomes in hovers: never a link, a command, an image or markup. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, commandLink, fence, plain } from '../../server/src/ide/markdown.js';
import { EDITOR_COMMANDS, LINKED_COMMANDS } from '../../server/src/protocol/editor-commands.js';

const here = { uri: 'file:///a/log%20one.json', line: 3 };

test('only commands of the allow-list become links', () => {
  for (const command of LINKED_COMMANDS) assert.match(commandLink('Show', command, here), /^\[Show\]\(command:ansor\.[A-Za-z]+\?[^()\s]+\)$/);
  for (const command of [EDITOR_COMMANDS.tuneCurrentModel, 'workbench.action.terminal.sendSequence', 'ansor.showLoopTree?x', ' ansor.showLoopTree', '', 'constructor']) {
    assert.equal(commandLink('Show', command, here), 'Show', command);
  }
});

test('an argument cannot end its link', () => {
  const uri = `file:///a) [x](command:evil) ") '!*\n<img src=x>`;
  const link = commandLink('Show', EDITOR_COMMANDS.revealRecord, { uri, line: 1 });
  const inside = /^\[Show\]\(command:ansor\.revealRecord\?([^()\s<>"'!*]+)\)$/.exec(link)?.[1];
  assert.ok(inside !== undefined, link);
  assert.deepEqual(JSON.parse(decodeURIComponent(inside)), [{ uri, line: 1 }]);
});

test('titles, text and code stay what they are', () => {
  const evil = '[x](command:evil) ![i](http://e) <b>**a** `c` | $(icon)';
  assert.doesNotMatch(plain(evil), /(?<!\\)[[\]()<>*`|!]/);
  assert.doesNotMatch(commandLink(evil, 'other', here), /(?<!\\)[[\]()]/);
  assert.match(commandLink(evil, EDITOR_COMMANDS.showLoopTree, here), /^\[(?:[^[\]\\]|\\.)*\]\(command:ansor\.showLoopTree\?[^()\s]+\)$/);
  assert.equal(code('a ``b`` c'), '``` a ``b`` c ```');
  assert.equal(fence('a\n````\nb').split('\n')[0], '`````text');
});
