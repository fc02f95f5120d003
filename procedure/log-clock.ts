/** What the times of log lines mean: many a log has local times without an offset (docs/target.md). Pure. */

/** The log's clock beside ours, from lines that were written while we waited for them. */
export interface LogClock {
  /** Minutes that the log's times are ahead of UTC; `null` = no line with a time, or the lines contradict each other. */
  readonly offsetMinutes: number | null;
  /** Lines with a time. */
  readonly lines: number;
  /** Of these, the ones whose own text states the offset (`Z`, `+06:00`). */
  readonly stated: number;
}

/** Every zone of the world is a multiple of it. */
const QUARTER_MS = 15 * 60_000;
const TIME = /(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?\s?(Z|[+-]\d\d:?\d\d)?/;

/** The first time in a line as if it were UTC, and the offset that stands behind it; `null` = none. */
export function timeIn(line: string): { readonly ms: number; readonly statedMinutes: number | null } | null {
  const found = TIME.exec(line);
  if (found === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '0', zone] = found;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number);
  if (mo === undefined || mo < 1 || mo > 12 || d === undefined || d < 1 || d > 31) return null;
  const ms = Date.UTC(y ?? 0, mo - 1, d, h, mi, s) + Math.round(Number(`0.${fraction}`) * 1000);
  return { ms, statedMinutes: zone === undefined ? null : minutesOf(zone) };
}

function minutesOf(zone: string): number {
  if (zone === 'Z') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith('-') ? -minutes : minutes;
}

/**
 * Measures the offset: the lines were written between two moments of ours, so each of their times is that moment plus
 * a multiple of a quarter of an hour. A line that fits no multiple (an old one, copied by a rotation) tells nothing.
 */
export function clockOf(
  lines: readonly string[],
  between: { readonly from: number; readonly to: number; readonly toleranceMs: number },
): LogClock {
  const times = lines.flatMap((line) => timeIn(line) ?? []);
  const offsets = new Set<number>();
  for (const { ms, statedMinutes } of times) {
    const middle = (between.from + between.to) / 2;
    const offset =
      statedMinutes === null ? Math.round((ms - middle) / QUARTER_MS) * QUARTER_MS : statedMinutes * 60_000;
    const at = ms - offset;
    if (at >= between.from - between.toleranceMs && at <= between.to + between.toleranceMs)
      offsets.add(offset);
  }
  const [only] = offsets;
  return {
    offsetMinutes: offsets.size === 1 && only !== undefined ? only / 60_000 : null,
    lines: times.length,
    stated: times.filter((one) => one.statedMinutes !== null).length,
  };
}

/** `log times are UTC+06:00 (measured on 3 lines)`. */
export function clockText({ offsetMinutes, lines, stated }: LogClock): string {
  if (lines === 0) return 'the lines carry no time';
  if (offsetMinutes === null) return `the times of ${String(lines)} lines fit no single offset`;
  const sign = offsetMinutes < 0 ? '-' : '+';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const zone = `UTC${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  return `the log's times are ${zone} (${stated === lines ? 'stated by' : 'measured on'} ${String(lines)} lines)`;
}
