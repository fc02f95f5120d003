import { formatDuration } from '../../procedure/durations.js';

/** `2026-11-23 18:30:05 UTC` of an ISO 8601 time; the text itself when it is none. */
export function clock(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `18:30:05` of an ISO 8601 time, UTC. */
export function clockOfDay(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : time.toISOString().slice(11, 19);
}

/** How far a time is from now, in whole seconds or minutes: `4m10s left`, `12s ago`. */
export function distance(iso: string, now: Date): string {
  const difference = new Date(iso).getTime() - now.getTime();
  if (Number.isNaN(difference)) return '';
  const size = Math.abs(difference);
  const text = formatDuration(
    size >= 3_600_000 ? Math.floor(size / 60_000) * 60_000 : Math.floor(size / 1000) * 1000,
  );
  const rounded = text === '0ms' ? '0s' : text;
  return difference >= 0 ? `${rounded} left` : `${rounded} ago`;
}

/** `20261123-183005` for workflow ids. */
export function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
