/**
 * Cuts chunks of bytes into lines. Memory is bounded: of a line without an end only the first `limit` bytes are kept,
 * the rest is dropped until its newline comes.
 */
export class LineSplitter {
  #rest: Buffer[] = [];
  #kept = 0;
  #pending = 0;

  constructor(
    private readonly limit: number,
    private readonly onLine: (line: string) => void,
  ) {}

  /** Bytes of the last line that has no end yet. */
  get pending(): number {
    return this.#pending;
  }

  push(chunk: Buffer): void {
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) {
      this.#keep(chunk);
      return;
    }
    this.#keep(chunk.subarray(0, first));
    this.flush();
    const last = chunk.lastIndexOf(NEWLINE);
    // All whole lines of a chunk are decoded at once: that is what makes this fast.
    if (last > first) {
      for (const line of chunk.toString('utf8', first + 1, last).split('\n')) this.onLine(this.#capped(line));
    }
    this.#keep(chunk.subarray(last + 1));
  }

  /** Gives the last line out as it is. */
  flush(): void {
    const line = Buffer.concat(this.#rest).toString('utf8');
    this.#rest = [];
    this.#kept = 0;
    this.#pending = 0;
    this.onLine(this.#capped(line));
  }

  #keep(part: Buffer): void {
    this.#pending += part.length;
    const room = this.limit - this.#kept;
    if (room <= 0 || part.length === 0) return;
    // A copy: the chunk's memory is used again for the next read.
    const kept = Buffer.from(part.subarray(0, room));
    this.#rest.push(kept);
    this.#kept += kept.length;
  }

  #capped(line: string): string {
    const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
    return whole.length > this.limit ? whole.slice(0, this.limit) : whole;
  }
}

const NEWLINE = 10;
