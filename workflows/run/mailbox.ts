import { condition } from '@temporalio/workflow';
import type { Effect } from '../../procedure/commands.js';

/** What a person told a waiting run. */
export interface Answer {
  readonly effect: Effect;
  readonly by: string;
  readonly reason: string | null;
}

/** The mailbox between the command handlers and the place where the run waits. */
export class Mailbox {
  #answer: Answer | null = null;

  put(answer: Answer): void {
    this.#answer ??= answer;
  }

  /** Waits until an answer is there or `otherwise` holds; `null` when the time is over first, or otherwise. */
  async next(
    milliseconds: number,
    summary: string,
    otherwise: () => boolean = () => false,
  ): Promise<Answer | null> {
    await condition(() => this.#answer !== null || otherwise(), milliseconds, { summary });
    const answer = this.#answer;
    this.#answer = null;
    return answer;
  }

  clear(): void {
    this.#answer = null;
  }
}
