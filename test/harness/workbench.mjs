// What a person does in a VS Code window, as functions on its page.

const SLOW = 60_000;

export class Workbench {
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(SLOW);
  }

  /** Opens `folder` and waits until its files and the extension are there. */
  async open(server, folder) {
    this.url = `${server.url}?folder=${encodeURIComponent(folder)}`;
    await this.page.goto(this.url);
    await this.ready();
  }

  /** Whatever view was open is there again; the extension has said what it contributes. */
  async reload() {
    await this.page.reload();
    await this.page.locator('.activitybar .action-item a[aria-label^="Ansor"]').first().waitFor();
  }

  async ready() {
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  /** Runs a command of the palette by its whole title. An open palette does not learn of new commands: it is opened again until it has this one. */
  async command(title) {
    const input = this.page.locator('.quick-input-widget input.input').first();
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    for (const end = Date.now() + SLOW; Date.now() < end;) {
      await this.page.keyboard.press('F1');
      try {
        // What is opening meanwhile may take the focus, and the palette closes.
        await input.waitFor({ state: 'visible', timeout: 3000 });
        await input.fill(`>${title}`, { timeout: 1500 });
        await row.waitFor({ timeout: 1500 });
        await row.click({ timeout: 1500 });
        return;
      } catch {
        await this.page.keyboard.press('Escape');
      }
    }
    throw new Error(`not in the command palette: ${title}`);
  }

  async openFile(name) {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
    await this.page.locator('.tabs-container .tab', { hasText: name }).waitFor();
  }

  async languageIs(label) {
    await this.page.locator('.statusbar-item', { hasText: label }).first().waitFor();
  }

  toast(text) {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  statusItem(text) {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  /** Text of the hover over the first token that reads `token`, once it contains `expected`. The server may still be starting: hovers again. */
  async hover(token, expected) {
    const target = this.page.locator('.editor-instance .view-line span span', { hasText: token }).first();
    await target.waitFor();
    for (const end = Date.now() + SLOW; Date.now() < end;) {
      await this.page.mouse.move(5, 5);
      await this.page.waitForTimeout(200);
      const box = await target.boundingBox();
      if (box === null) continue;
      await this.page.mouse.move(box.x + Math.min(10, box.width / 2), box.y + box.height / 2, { steps: 3 });
      const found = this.page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: expected }).first();
      try {
        await found.waitFor({ timeout: 3000 });
        return await found.innerText();
      } catch { /* again */ }
    }
    throw new Error(`no hover over ${token} says ${expected}`);
  }

  /** The frame of a webview that has `selector`: webviews are two nested frames of the page. */
  async webview(selector) {
    for (const end = Date.now() + SLOW; Date.now() < end; await this.page.waitForTimeout(200)) {
      for (const frame of this.page.frames()) {
        if ((await frame.locator(selector).count().catch(() => 0)) > 0) return frame;
      }
    }
    throw new Error(`no webview has ${selector}`);
  }
}
