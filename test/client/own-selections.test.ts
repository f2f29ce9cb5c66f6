// A selection that a page put into the text does not call the page back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnSelections, type Place } from '../../client/src/pages/own-selections.js';

const place = (from: number, to = from + 10): Place => ({ uri: 'file:///a.json', line: 0, from, to });

const cases: readonly { readonly what: string; readonly moves: readonly (readonly ['set' | 'told', Place, boolean?])[] }[] = [
  { what: 'a selection of a person is followed', moves: [['told', place(3), false]] },
  { what: 'what the page set comes back once', moves: [['set', place(1)], ['told', place(1), true], ['told', place(1), false]] },
  { what: 'it comes back late, when the page is already further', moves: [['set', place(1)], ['set', place(11)], ['told', place(1), true], ['told', place(11), true], ['told', place(1), false]] },
  { what: 'of several quick ones only the last comes back', moves: [['set', place(1)], ['set', place(2)], ['set', place(3)], ['told', place(3), true], ['told', place(2), false]] },
  { what: 'a person who clicks elsewhere ends the waiting', moves: [['set', place(5)], ['told', place(2), false], ['told', place(5), false]] },
  { what: 'a cursor at the end of what was set is a person', moves: [['set', place(5)], ['told', place(15, 15), false]] },
  { what: 'so is the same range of another document', moves: [['set', place(5)], ['told', { ...place(5), uri: 'file:///b.json' }, false]] },
];

for (const { what, moves } of cases) {
  test(what, () => {
    const own = new OwnSelections();
    for (const [kind, at, expected] of moves) {
      if (kind === 'told') assert.equal(own.returns(at), expected);
      else own.set(at);
    }
  });
}
