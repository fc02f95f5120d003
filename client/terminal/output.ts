import { createPaint, type Paint } from './paint.js';
import type { Io } from './io.js';

/**
 * What a command says. For people everything goes to standard output and messages to standard error; with `--json`
 * standard output holds exactly one JSON document and all the rest goes to standard error.
 */
export class Output {
  readonly json: boolean;
  /** Colours that fit the stream on which `story` writes. */
  readonly paint: Paint;
  readonly #io: Io;
  #progress = '';
  #saidAt = 0;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.json = json;
    const colours = (io.env['NO_COLOR'] ?? '') === '' && io.env['TERM'] !== 'dumb';
    this.paint = createPaint(colours && (json ? io.terminal.err : io.terminal.out));
  }

  /** Lines of the answer, for people; nothing with `--json`, where the document is the answer. */
  line(...lines: readonly string[]): void {
    if (!this.json) this.story(...lines);
  }

  /** What happens on the way to the answer, for people to see in either case. */
  story(...lines: readonly string[]): void {
    this.clear();
    const text = `${lines.join('\n')}\n`;
    if (this.json) this.#io.err(text);
    else this.#io.out(text);
  }

  /** A message beside the answer. */
  note(...lines: readonly string[]): void {
    this.clear();
    this.#io.err(`${lines.join('\n')}\n`);
  }

  /** The answer for programs; nothing without `--json`. */
  document(value: unknown): void {
    if (!this.json) return;
    this.clear();
    this.#io.out(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** What goes on now: one line in place on a terminal, else a line every ten seconds. */
  progress(text: string): void {
    if (this.#io.terminal.err) {
      if (text === this.#progress) return;
      this.#io.err(`\r\u001b[K${text.slice(0, 160)}`);
      this.#progress = text;
      return;
    }
    const now = this.#io.now().getTime();
    if (now - this.#saidAt < 10_000) return;
    this.#saidAt = now;
    this.#io.err(`${text}\n`);
  }

  /** Takes the progress line away. */
  clear(): void {
    if (this.#progress === '') return;
    this.#io.err('\r\u001b[K');
    this.#progress = '';
  }
}
