// The cursor that the loop tree's page put into the text does not call the page back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnSteps } from '../../client/web/loop-tree/own-steps.js';

const cases: readonly { readonly what: string; readonly moves: readonly (readonly ['shown' | 'cursor', number | undefined, boolean?])[] }[] = [
  { what: 'a cursor that a person moved is followed', moves: [['cursor', 3, false]] },
  { what: 'what the page showed comes back once', moves: [['shown', 1], ['cursor', 1, true], ['cursor', 1, false]] },
  { what: 'it comes back late, when the page is already further', moves: [['shown', 1], ['shown', 11], ['cursor', 1, true], ['cursor', 11, true], ['cursor', 1, false]] },
  { what: 'of several quick ones only the last comes back', moves: [['shown', 1], ['shown', 2], ['shown', 3], ['cursor', 3, true], ['cursor', 2, false]] },
  { what: 'a person who clicks another step ends the waiting', moves: [['shown', 5], ['cursor', 2, false], ['cursor', 5, false]] },
  { what: 'so does a cursor outside of any step', moves: [['shown', 5], ['cursor', undefined, false], ['cursor', 5, false]] },
];

for (const { what, moves } of cases) {
  test(what, () => {
    const own = new OwnSteps();
    for (const [kind, step, expected] of moves) {
      if (kind === 'cursor') assert.equal(own.returns(step), expected);
      else own.shown(step ?? 0);
    }
  });
}
