// Waiting for what a person would wait for: a condition, never a time.

const SLOW = 60_000;
const LOOK_MS = 100;
/** The least time that a look gets for its answer. */
const ANSWER_MS = 1000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The answer, or undefined if there is none within `ms`: a frame that is being replaced may never answer. */
export function answerWithin(ms, answer) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ms); });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** What `look` finds once it finds something (true-ish). `what` names it for whom it never came. */
export async function until(what, look, ms = SLOW) {
  for (const end = Date.now() + ms; ; await pause(LOOK_MS)) {
    const found = await answerWithin(Math.max(ANSWER_MS, end - Date.now()), look());
    if (found) return found;
    if (Date.now() > end) throw new Error(`timed out waiting for ${what}`);
  }
}

/**
 * Does something until it has shown its effect: a click on what was redrawn under the mouse, or a key that something else took, is done again as a person would.
 * Only for what may be done twice. `act` may throw; `look` answers whether the effect is there and is asked for `patience` ms each time.
 */
export async function insist(what, act, look, { ms = SLOW, patience = 5000 } = {}) {
  let last;
  for (const end = Date.now() + ms; Date.now() < end;) {
    try {
      await act();
      last = undefined;
    } catch (error) {
      last = error;
    }
    const found = await until(what, look, patience).catch((error) => void (last ??= error));
    if (found) return found;
  }
  throw new Error(`timed out: ${what}`, { cause: last });
}
