import { FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import type { FlagAssignment } from '../target.js';

/** One assignment of one of the four variables. The five texts, put together, are the line as it stands. */
interface Assignment {
  readonly name: FlagName;
  /** Up to the value: blanks, `export `, name, `=`, opening quote. */
  readonly before: string;
  /** As it is written, without quotes. */
  readonly value: string;
  /** Closing quote, blanks, comment. */
  readonly after: string;
}

interface Line {
  /** Without its end. */
  readonly text: string;
  /** `\n`, `\r\n`, or nothing at the end of a file without a final newline. */
  readonly end: string;
  readonly assignment: Assignment | null;
  /** Its quoted value ends on a later line. */
  readonly goesOn: boolean;
}

/** Where one variable stands in an env file. Line numbers count from 1. */
export interface Standing {
  readonly name: FlagName;
  readonly lines: readonly number[];
  /** Lines that name the variable in another way, or whose value goes on over several lines: nobody knows what counts. */
  readonly unclear: readonly number[];
  /** The value of its last line (a shell lets the last one win); `null` = the variable is absent. */
  readonly value: string | null;
}

const ASSIGNMENT = new RegExp(`^(\\s*(?:export\\s+)?(${FLAG_NAMES.join('|')})\\s*=)(.*)$`);
const QUOTED = /^(\s*)(["'])(.*?)\2(\s*(?:#.*)?)$/;
const OPENING = /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=\s*(["'])/;

/** Where the four variables stand in the text. */
export function standingsOf(text: string): readonly Standing[] {
  const lines = linesOf(text);
  return FLAG_NAMES.map((name) => {
    const found = lines.flatMap((line, index) =>
      line.assignment?.name === name ? [{ number: index + 1, value: line.assignment.value }] : [],
    );
    const unclear = lines.flatMap((line, index) => (isUnclear(line, name) ? [index + 1] : []));
    return { name, lines: found.map((one) => one.number), unclear, value: found.at(-1)?.value ?? null };
  });
}

/**
 * The text with the variables set (`null` = absent), everything else untouched, byte for byte. A variable that stands
 * keeps its place, `export`, quotes, comment and line end; one that stands twice gets the value in both lines, so that it
 * is unambiguous whoever reads the file; one that is absent gets one line at the end. Setting a value and then setting
 * what stood before gives the same text again.
 */
export function withFlags(text: string, assignment: FlagAssignment): string {
  return FLAG_NAMES.reduce((result, name) => {
    const value = assignment[name];
    if (value === undefined) return result;
    return value === null ? without(result, name) : withValue(result, name, value);
  }, text);
}

function withValue(text: string, name: FlagName, value: string): string {
  const lines = linesOf(text);
  if (!lines.some((line) => line.assignment?.name === name)) return appended(text, `${name}=${value}`);
  return lines
    .map(({ text: line, end, assignment }) =>
      assignment?.name === name ? `${assignment.before}${value}${assignment.after}${end}` : `${line}${end}`,
    )
    .join('');
}

function without(text: string, name: FlagName): string {
  const lines = linesOf(text);
  const kept = lines.filter((line) => line.assignment?.name !== name);
  const joined = kept.map((line) => `${line.text}${line.end}`).join('');
  // The line was the last one of a file without a final newline: the end before it was put there to separate it.
  const cutOff = lines.at(-1)?.assignment?.name === name && lines.at(-1)?.end === '';
  return cutOff ? joined.slice(0, joined.length - (kept.at(-1)?.end.length ?? 0)) : joined;
}

function appended(text: string, line: string): string {
  const end = text.endsWith('\r') ? '\r\n' : (linesOf(text).find((one) => one.end !== '')?.end ?? '\n');
  return text === '' || text.endsWith('\n')
    ? `${text}${line}${text === '' ? '\n' : lastEnd(text)}`
    : `${text}${end}${line}`;
}

function lastEnd(text: string): string {
  return text.endsWith('\r\n') ? '\r\n' : '\n';
}

function linesOf(text: string): Line[] {
  const raw = [...text.matchAll(/([^\n]*?)(\r?\n|$)/g)]
    .map((match) => ({ text: match[1] ?? '', end: match[2] ?? '' }))
    .filter((line) => line.text !== '' || line.end !== '');
  const inside = continuationLines(raw.map((line) => line.text));
  return raw.map((line, index) => ({
    ...line,
    assignment: inside.has(index) ? null : assignmentOf(line.text),
    goesOn: !inside.has(index) && inside.has(index + 1),
  }));
}

/** A comment may say what it likes. */
function isUnclear(line: Line, name: FlagName): boolean {
  if (line.assignment?.name === name) return line.goesOn;
  return !line.text.trimStart().startsWith('#') && new RegExp(`\\b${name}\\b`).test(line.text);
}

function assignmentOf(line: string): Assignment | null {
  const match = ASSIGNMENT.exec(line);
  const name = FLAG_NAMES.find((candidate) => candidate === match?.[2]);
  if (match === null || name === undefined) return null;
  const [, start = '', , rest = ''] = match;
  const quoted = QUOTED.exec(rest);
  if (quoted !== null) {
    const [, blanks = '', quote = '', value = '', tail = ''] = quoted;
    return { name, before: `${start}${blanks}${quote}`, value, after: `${quote}${tail}` };
  }
  const tail = /(?:\s+#.*|\s*)$/.exec(rest)?.[0] ?? '';
  const value = rest.slice(0, rest.length - tail.length);
  const blanks = /^\s*/.exec(value)?.[0] ?? '';
  return { name, before: `${start}${blanks}`, value: value.slice(blanks.length), after: tail };
}

/**
 * Indexes of lines that are inside a quoted value that began on an earlier line: what looks like an assignment there is
 * part of a text (a certificate, a JSON). A quote that is never closed counts as an ordinary character.
 */
function continuationLines(lines: readonly string[]): ReadonlySet<number> {
  const inside = new Set<number>();
  for (let index = 0; index < lines.length; index += 1) {
    const opening = OPENING.exec(lines[index] ?? '');
    const quote = opening?.[1];
    if (opening === null || quote === undefined) continue;
    if (closes((lines[index] ?? '').slice(opening[0].length), quote)) continue;
    const last = lines.findIndex((line, later) => later > index && closes(line, quote));
    if (last < 0) continue;
    for (let line = index + 1; line <= last; line += 1) inside.add(line);
    index = last;
  }
  return inside;
}

/** Whether a quote ends in this text; a backslash protects a double quote only. */
function closes(text: string, quote: string): boolean {
  return quote === '"' ? /(^|[^\\])(\\\\)*"/.test(text) : text.includes(quote);
}
