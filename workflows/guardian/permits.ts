import { condition } from '@temporalio/workflow';

/** Changes of the target that are under way. A rollback undoes at once, waits for them, and looks again. */
export class Permits {
  readonly #open = new Map<string, number>();
  readonly #done = new Set<string>();

  /**
   * `until` = the moment after which the change can do nothing any more, milliseconds since 1970. Every try has an id of
   * its own. The end may come before the beginning: a reset applies updates and signals again, and their order within one
   * task is not the same live and in a replay.
   */
  give(id: string, until: number): void {
    if (!this.#done.has(id)) this.#open.set(id, until);
  }

  done(id: string): void {
    this.#done.add(id);
    this.#open.delete(id);
  }

  get any(): boolean {
    return this.#open.size > 0;
  }

  /** Resolves when every change that was allowed is over or can do nothing any more. */
  async settled(): Promise<void> {
    const latest = Math.max(0, ...this.#open.values());
    const left = latest - Date.now();
    if (this.#open.size > 0 && left > 0) await condition(() => this.#open.size === 0, left);
    this.#open.clear();
  }
}
