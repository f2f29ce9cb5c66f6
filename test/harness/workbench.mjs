// What a person does in a VS Code window, as functions on its page.
import { answerWithin, insist, until } from './until.mjs';

const SLOW = 60_000;
/** For a window to open: the editor's own start. */
const OPENING = 120_000;
/** For one try of what is tried again. */
const TRY = 3000;

const exactly = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

export class Workbench {
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(SLOW);
  }

  /** Opens a folder or a `.code-workspace` file. */
  open(server, place) {
    return this.openAt(`${server.url}?${place.endsWith('.code-workspace') ? 'workspace' : 'folder'}=${encodeURIComponent(place)}`);
  }

  /** Waits until the files and the extension are there, too. Once in a while a window finds no folders in its workspace: it is opened again. */
  async openAt(url) {
    const files = this.page.locator('.explorer-folders-view .monaco-list-row').first();
    await insist('the window, its files and the extension', () => this.page.goto(url, { timeout: OPENING }), async () => (await files.isVisible()) && this.icon('Ansor').isVisible(), { ms: 150_000, patience: 30_000 });
  }

  /** Whatever view was open is there again; the extension has said what it contributes. */
  async reload() {
    await this.page.reload({ timeout: OPENING });
    await this.icon('Ansor').waitFor({ timeout: OPENING });
  }

  /** Waits until the workbench has written down what is open, with `text` in it: what a reload finds. It does so every few seconds, when it has nothing else to do. */
  writtenDown(text) {
    return until(`${text} in what the workbench wrote down`, () => this.#written(text, false));
  }

  /** Takes what pages keep out of what the workbench wrote down, as if it had done so before they ran. */
  async forgetPages(text) {
    if (!(await this.#written(text, true))) throw new Error(`not in what the workbench wrote down: ${text}`);
  }

  /** Whether `text` is in what the workbench wrote down of what is open; `forget`: without what pages keep. */
  #written(text, forget) {
    return this.page.evaluate(async ([wanted, without]) => {
      const asked = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const withoutStates = (value) => {
        if (typeof value !== 'object' || value === null) return value;
        if (value.id === 'workbench.editors.webviewInput') return { ...value, value: JSON.stringify({ ...JSON.parse(value.value), state: undefined }) };
        return Array.isArray(value) ? value.map(withoutStates) : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutStates(inner)]));
      };
      const key = 'memento/workbench.parts.editor';
      for (const { name } of await indexedDB.databases()) {
        if (!name?.startsWith('vscode-web-state-db-')) continue;
        const database = await asked(indexedDB.open(name));
        try {
          if (!database.objectStoreNames.contains('ItemTable')) continue;
          const store = () => database.transaction('ItemTable', 'readwrite').objectStore('ItemTable');
          const found = await asked(store().get(key));
          if (typeof found !== 'string' || !found.includes(wanted)) continue;
          if (without) await asked(store().put(JSON.stringify(withoutStates(JSON.parse(found))), key));
          return true;
        } finally {
          database.close();
        }
      }
      return false;
    }, [text, forget]);
  }

  icon(container) {
    // The item, not its picture: a badge may lie on that.
    return this.page.locator('.activitybar .action-item', { has: this.page.locator(`a[aria-label^="${container}"]`) }).first();
  }

  /** Shows a container of the side bar by its icon; a second click on the icon of the one that is shown would hide it. */
  async showContainer(name) {
    const shown = () => this.page.locator('.part.sidebar .composite.title', { hasText: exactly(name) }).first().isVisible();
    await insist(`the container ${name}`, async () => {
      if (!(await shown())) await this.icon(name).click({ timeout: TRY });
    }, shown);
  }

  /** Runs a command of the palette by its whole title. An open palette does not learn of new commands: it is opened again until it has this one. */
  async command(title) {
    const input = this.page.locator('.quick-input-widget input.input').first();
    const row = this.page.locator('.quick-input-list .monaco-list-row', { has: this.page.locator('.label-name', { hasText: exactly(title) }) }).first();
    for (const end = Date.now() + SLOW; Date.now() < end;) {
      await this.page.keyboard.press('F1');
      try {
        // What is opening meanwhile may take the focus, and the palette closes.
        await input.waitFor({ state: 'visible', timeout: TRY });
        await input.fill(`>${title}`, { timeout: TRY });
        await row.click({ timeout: TRY });
        // A list that is drawn anew between the press and the release loses the click, and the palette stays open.
        await until(`${title} to be taken`, async () => !(await input.isVisible()) || (await input.inputValue({ timeout: TRY }).catch(() => '')) !== `>${title}`, TRY);
        return;
      } catch {
        await this.page.keyboard.press('Escape');
      }
    }
    throw new Error(`not in the command palette: ${title}`);
  }

  tab(name) {
    return this.page.locator('.tabs-container .tab', { has: this.page.locator('.label-name', { hasText: exactly(name) }) }).first();
  }

  /** Opens a file by a double click in the explorer and brings it to the front. */
  async openFile(name) {
    await this.showContainer('Explorer');
    const row = this.page.locator('.explorer-folders-view .monaco-list-row', { has: this.page.locator('.label-name', { hasText: exactly(name) }) }).first();
    // A file that appears meanwhile moves the rows under the mouse.
    await insist(`${name} in front`, () => row.dblclick({ timeout: TRY }), () => this.isActive(name));
  }

  async isActive(name) {
    const active = this.page.locator('.editor-group-container.active .tab.active', { has: this.page.locator('.label-name', { hasText: exactly(name) }) });
    return (await active.count()) > 0;
  }

  async languageIs(label) {
    await this.page.locator('.statusbar-item', { hasText: label }).first().waitFor();
  }

  toast(text) {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  /** The text of a notification that says `text`, which is closed. One whose time is over is found in the list of notifications. */
  async dismiss(text) {
    const toast = this.toast(text);
    await toast.waitFor();
    const said = await toast.innerText();
    await this.closeToasts();
    return said;
  }

  async closeToasts() {
    const toasts = this.page.locator('.notification-toast');
    await insist('no notification', () => this.command('Notifications: Clear All Notifications'), async () => (await toasts.count()) === 0);
  }

  statusItem(text) {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  async cursorAt(line, column) {
    const place = column === undefined ? `Ln ${line},` : `Ln ${line}, Col ${column}`;
    await this.page.locator('.statusbar-item', { hasText: place }).first().waitFor();
  }

  /** Puts the cursor at a place by the editor's own command; columns count from 1. */
  async goTo(line, column) {
    const input = this.page.locator('.quick-input-widget input.input').first();
    const there = this.page.locator('.statusbar-item', { hasText: exactly(`Ln ${line}, Col ${column}`) }).first();
    await insist(`the cursor at ${line}:${column}`, async () => {
      await this.page.keyboard.press('Control+g');
      await input.fill(`:${line}:${column}`, { timeout: TRY });
      await input.press('Enter', { timeout: TRY });
    }, () => there.isVisible());
    await input.waitFor({ state: 'hidden' });
  }

  /** An entry of a quick pick or a line of an input box. */
  pick(text) {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  /** A lens of the text in front. Lenses are drawn anew when a server knows more. */
  lens(text) {
    return this.page.locator('.editor-instance .codelens-decoration a, .editor-instance .codelens-decoration span', { hasText: text }).first();
  }

  /** The lines of all texts that are shown, as drawn. */
  async lines() {
    return (await this.page.locator('.editor-instance .view-line').allInnerTexts()).map((line) => line.replaceAll('\u00a0', ' '));
  }

  /** Waits until a drawn line matches. */
  lineLike(pattern) {
    return until(`a line like ${pattern}`, async () => (await this.lines()).find((line) => pattern.test(line)));
  }

  /** The text of the active editor, as it is drawn. */
  async editorText() {
    const lines = this.page.locator('.editor-group-container.active .editor-instance .view-lines').first();
    return (await lines.innerText({ timeout: TRY }).catch(() => '')).replaceAll('\u00a0', ' ');
  }

  /** Text of the hover over the first token that reads `token`, once it contains `expected`. The server may still be starting: hovers again. */
  async hover(token, expected) {
    const target = this.page.locator('.editor-instance .view-line span span', { hasText: token }).first();
    const found = this.page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: expected }).first();
    let text = '';
    await insist(`a hover over ${token} that says ${expected}`, async () => {
      await this.page.mouse.move(5, 5);
      await this.page.locator('.monaco-hover:not(.hidden) .hover-contents').first().waitFor({ state: 'hidden', timeout: TRY });
      const box = await target.boundingBox({ timeout: TRY });
      if (box !== null) await this.page.mouse.move(box.x + Math.min(10, box.width / 2), box.y + box.height / 2, { steps: 3 });
    }, async () => {
      // One that closes while it is read was not read.
      text = (await found.isVisible()) ? await found.innerText({ timeout: 1000 }).catch(() => '') : '';
      return text !== '';
    });
    return text;
  }

  /** The first frame of which `look` says yes. A frame that does not answer keeps nobody from looking at the others. */
  async frameThat(look) {
    const answers = await Promise.all(this.page.frames().map(async (frame) => ((await answerWithin(TRY, look(frame).catch(() => false))) ? frame : undefined)));
    return answers.find((frame) => frame !== undefined);
  }

  /** The frame of a webview that has `selector`: webviews are two nested frames of the page. */
  webview(selector) {
    return until(`a webview that has ${selector}`, () => this.frameThat(async (frame) => (await frame.locator(selector).count()) > 0));
  }
}
