import { usageError } from './user-error.js';

/** The options of one invocation, read by kind: commander gives them untyped. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** A text as typed, or undefined when the option was not given. An empty text counts as not given. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  /** A text that has to be there. */
  required(name: string, flag: string, why: string): string {
    const value = this.text(name);
    if (value === undefined) throw usageError(`${flag} is missing: ${why}`);
    return value;
  }

  /** True when the switch was given. */
  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** True or false as typed (`--x`, `--no-x`), undefined when neither was given. */
  choice(name: string): boolean | undefined {
    const value = this.#values[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  /** A whole number within limits, or the fallback when the option was not given. */
  integer(
    name: string,
    limits: { readonly flag: string; readonly min: number; readonly max: number; readonly fallback: number },
  ): number {
    const value = this.text(name);
    if (value === undefined) return limits.fallback;
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= limits.min && number <= limits.max) return number;
    throw usageError(
      `${limits.flag} must be a whole number from ${String(limits.min)} to ${String(limits.max)}, not "${value}".`,
    );
  }
}
