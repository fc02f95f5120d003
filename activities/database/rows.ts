import { TERMINAL } from '../../procedure/failures.js';
import { failure } from '../support/failure.js';

/** One row as it came back. bigint and numeric columns are texts there, so every field is read through these. */
export type Row = Readonly<Record<string, unknown>>;

/** An id or a count. Throws UnexpectedAnswer when it is not a whole number that JavaScript holds exactly. */
export function wholeNumber(row: Row, column: string): number {
  const value = wholeNumberOrNull(row, column);
  if (value === null) throw unexpected(column, 'a whole number');
  return value;
}

export function wholeNumberOrNull(row: Row, column: string): number | null {
  const value = row[column];
  if (value === null || value === undefined) return null;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpected(column, 'a whole number');
  return number;
}

/** A text; numbers and uuids are told as text too. Throws UnexpectedAnswer for NULL. */
export function text(row: Row, column: string): string {
  const value = textOrNull(row, column);
  if (value === null) throw unexpected(column, 'a text');
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}

export function booleanOrNull(row: Row, column: string): boolean | null {
  const value = row[column];
  return typeof value === 'boolean' ? value : null;
}

function unexpected(column: string, wanted: string): Error {
  return failure(
    TERMINAL.unexpected,
    `The database answered something else than ${wanted} in column ${column}.`,
  );
}
