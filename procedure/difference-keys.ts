import type { RowDifference } from './observations.js';

/** What a row is called without the person, who may be renamed between two reads. */
const ROW = /^(?:legacy membership|membership|mapping|team) \d+/;
/** The stranger in whose place a wrong person stands, at the end of `found`. */
const STRANGER = /\((legacy membership \d+)\)$/;

/**
 * What makes two differences of two reads the same one: class, row and field, whatever the values are. A wrong person is
 * somebody missing and a stranger at once, and which stranger is paired with whom depends on everybody else of the team;
 * so it has both keys, and whoever is missing or a stranger alone in the other read has one of them.
 */
export function keysOf({ class: kind, row, field, found }: RowDifference): readonly string[] {
  const name = ROW.exec(row)?.[0] ?? row;
  if (kind === 'wrong-person') {
    const stranger = STRANGER.exec(found ?? '')?.[1];
    return [`absent ${name}`, ...(stranger === undefined ? [] : [`stranger ${stranger}`])];
  }
  if (kind === 'missing-in-legacy' && name.startsWith('membership')) return [`absent ${name}`];
  if (kind === 'missing-in-new' && name.startsWith('legacy membership')) return [`stranger ${name}`];
  return [`${kind} ${name} ${field ?? ''}`];
}

/** Since when each difference has been there without a break, by its keys; times are of any one clock, milliseconds. */
export type Standing = ReadonlyMap<string, number>;

/**
 * After one more read, which ended at `ended`: what is there still keeps its time, what is new begins now. What vanished
 * is forgotten, because a difference that comes back is another one that is under way.
 */
export function standingAfter(
  before: Standing,
  differences: readonly RowDifference[],
  ended: number,
): Map<string, number> {
  return new Map(differences.flatMap(keysOf).map((key) => [key, before.get(key) ?? ended]));
}

/** Since when this difference has been there; `Infinity` = it was not there yet. */
export function stoodSince(standing: Standing, difference: RowDifference): number {
  return Math.min(...keysOf(difference).map((key) => standing.get(key) ?? Infinity));
}
