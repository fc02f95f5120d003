import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';

/** A Chromium of this machine, or `null`. CHROMIUM names one. */
export function findChromium(): string | null {
  const named = process.env['CHROMIUM'];
  if (named !== undefined) return existsSync(named) ? named : null;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return (
    folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path)) ??
    null
  );
}

const PATIENCE_MS = 30_000;

/** The Temporal UI as a person uses it: pages, menus, dialogs. */
export class TemporalPage {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #workflows: string;

  private constructor(browser: Browser, page: Page, workflows: string) {
    this.#browser = browser;
    this.#page = page;
    this.#workflows = workflows;
  }

  static async open(executablePath: string, ui: string, namespace: string): Promise<TemporalPage> {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, acceptDownloads: true });
    page.setDefaultTimeout(PATIENCE_MS);
    return new TemporalPage(browser, page, `${ui}/namespaces/${namespace}/workflows`);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  screenshot(path: string): Promise<unknown> {
    return this.#page.screenshot({ path, fullPage: true });
  }

  /** Fills the start form and returns the id of the run that it started. */
  async start(workflowId: string, input: object): Promise<string> {
    const query = `workflowId=${workflowId}&taskQueue=readiness&workflowType=readinessRun`;
    await this.#page.goto(`${this.#workflows}/start-workflow?${query}`);
    await this.#type(this.#page.locator('.cm-content').first(), input);
    const started = this.#page.getByText('Workflow started successfully');
    await this.#press(this.#page.getByRole('button', { name: 'Start Workflow' }).last(), started);
    await this.#page.goto(`${this.#workflows}/${workflowId}`);
    await this.#page.waitForURL(/\/history/);
    return this.#page.url().replace(/.*\/([^/]+)\/history.*/, '$1');
  }

  /** The current details as they are rendered, once they contain `text`. The pane does not refresh itself. */
  async details(run: { workflowId: string; runId: string }, text: RegExp): Promise<string> {
    const deadline = Date.now() + 2 * PATIENCE_MS;
    for (;;) {
      await this.#page.goto(`${this.#workflows}/${run.workflowId}/${run.runId}/user-metadata`);
      for (const wait = Date.now() + 3000; Date.now() < wait;) {
        for (const frame of this.#page.frames().slice(1)) {
          const shown = await frame
            .locator('body')
            .innerText({ timeout: 1000 })
            .catch(() => '');
          if (text.test(shown)) return shown;
        }
        await this.#page.waitForTimeout(100);
      }
      if (Date.now() > deadline) throw new Error(`the page never showed ${String(text)}`);
    }
  }

  /** Sends a command through its dialog. Returns the message of a refusal, or `null` when it was taken. */
  async send(
    kind: 'update' | 'signal',
    run: { workflowId: string; runId: string },
    command: { name: string; payload: object },
  ): Promise<string | null> {
    const submit = await this.fill(kind, run, command);
    return submit();
  }

  /** The same, up to the click that sends it. */
  async fill(
    kind: 'update' | 'signal',
    run: { workflowId: string; runId: string },
    { name, payload }: { name: string; payload: object },
  ): Promise<() => Promise<string | null>> {
    await this.#menu(run, kind === 'update' ? 'Send an Update' : 'Send a Signal');
    const dialog = this.#page.locator('dialog[open]');
    await dialog.getByTestId(`${kind}-select-button`).click();
    await dialog
      .getByRole('option')
      .filter({ hasText: new RegExp(`^\\s*${name}`) })
      .first()
      .click();
    await this.#type(dialog.locator('.cm-content').first(), payload);
    return async () => {
      const submit = dialog.getByRole('button', { name: 'Submit' });
      const alert = dialog.getByRole('alert');
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await submit.click({ timeout: 2000 }).catch(() => undefined);
        for (const until = Date.now() + 4000; Date.now() < until;) {
          if ((await dialog.count()) === 0) return null;
          if ((await alert.count()) > 0) {
            const message = await alert.first().innerText();
            if (message.trim() !== '') return message;
          }
          await this.#page.waitForTimeout(100);
        }
      }
      throw new Error(`the dialog for ${name} stayed open: ${await dialog.innerText()}`);
    };
  }

  async cancel(run: { workflowId: string; runId: string }): Promise<void> {
    await this.#page.goto(`${this.#workflows}/${run.workflowId}/${run.runId}/history`);
    await this.#page.getByRole('button', { name: 'Request Cancellation' }).click();
    await this.#confirm();
  }

  async terminate(run: { workflowId: string; runId: string }, reason: string): Promise<void> {
    await this.#menu(run, 'Terminate');
    await this.#page
      .locator('dialog[open]')
      .locator('input[type=text], input:not([type])')
      .first()
      .fill(reason);
    await this.#confirm();
  }

  /** The history as the page's Download button gives it, with what is preselected. */
  async download(run: { workflowId: string; runId: string }): Promise<unknown> {
    await this.#page.goto(`${this.#workflows}/${run.workflowId}/${run.runId}/history`);
    await this.#page.getByTestId('download').click();
    const waiting = this.#page.waitForEvent('download');
    await this.#page.locator('dialog[open]').getByRole('button', { name: 'Download' }).click();
    const path = await (await waiting).path();
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  }

  async #menu(run: { workflowId: string; runId: string }, item: string): Promise<void> {
    await this.#page.goto(`${this.#workflows}/${run.workflowId}/${run.runId}/history`);
    await this.#page.getByRole('button', { name: 'More Actions' }).click();
    await this.#page.getByRole('menuitem', { name: item }).click();
    await this.#page.locator('dialog[open]').waitFor();
  }

  async #confirm(): Promise<void> {
    const dialog = this.#page.locator('dialog[open]');
    await dialog
      .getByRole('button', { name: /Confirm|Terminate/ })
      .last()
      .click();
    await dialog.waitFor({ state: 'detached' }).catch(() => undefined);
  }

  async #type(editor: Locator, value: object): Promise<void> {
    await editor.click();
    await this.#page.keyboard.press('Control+A');
    await this.#page.keyboard.insertText(JSON.stringify(value, null, 2));
    // Leaving the editor re-formats its text and may move what is below it.
    await this.#page.keyboard.press('Tab');
  }

  /** The first click is lost when the page moves under the mouse. */
  async #press(button: Locator, shown: Locator): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await button.click({ timeout: 3000 }).catch(() => undefined);
      const there = await shown
        .first()
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
      if (there) return;
    }
    throw new Error('the button did nothing');
  }
}
