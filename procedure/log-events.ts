import {
  around,
  bareEvent,
  eventOf,
  idOf,
  numberOf,
  operationOf,
  textOf,
  type LogEvent,
} from './log-event.js';
import { parseText } from './log-sentences.js';

export type { LogEvent } from './log-event.js';
export type LogLineParser = (line: string) => LogEvent | null;

/** One of these stands in every line that can be an event; a line without costs one pass and no parsing. */
const MARKS = /ual-write (?:s|f|c)|event_type|vNext \d/;
const ACCESS = /"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) [^"]* HTTP\/\d/;
/** The last line of a traceback: `package.module.SomeError: …`. It repeats what the event line said already. */
const EXCEPTION = /^[\w.]+(?:Error|Exception|Failure|Warning|DoesNotExist|Interrupt|Exit): /;
/** A JSON object is a log line when it has one of these; others are data at the end of a text line. */
const LINE_KEYS = ['message', 'msg', 'event_type', 'levelname', 'level'];

/**
 * Parses one line of the three shapes of docs/target.md, whatever stands around it; `null` = no event of
 * dual-write. Pure, and fast on lines that are none.
 */
export function parseLogLine(line: string): LogEvent | null {
  if (!MARKS.test(line)) return null;
  const first = line.charCodeAt(0);
  // Tracebacks are indented.
  if (first === 32 || first === 9) return null;
  const fields = jsonLine(line);
  if (fields !== null) return parseFields(fields, line);
  // Access lines quote paths that a stranger chose.
  return ACCESS.test(line) || EXCEPTION.test(line) ? null : parseText(line, line);
}

/**
 * A parser that also knows an environment's critical texts (`log.patterns.critical`): a line that contains one of them,
 * in any letter case, is critical, whatever else it says.
 */
export function createLogParser(criticalTexts: readonly string[]): LogLineParser {
  const texts = criticalTexts.filter((text) => text !== '');
  if (texts.length === 0) return parseLogLine;
  const critical = new RegExp(texts.map(escaped).join('|'), 'i');
  return (line) => {
    const event = parseLogLine(line);
    if (event !== null && event.critical !== null) return event;
    if (!critical.test(line)) return event;
    const text = ACCESS.test(line) ? besidesRequest(line) : line;
    const found = critical.exec(text);
    if (found === null) return event;
    const said = around(text, found.index, found[0].length);
    return { ...(event ?? bareEvent(line, 'critical')), critical: said };
  };
}

/** Fields of a JSON line in which the target itself speaks. */
const SAID = ['message', 'msg', 'error', 'exception_message', 'exc_info'];

/**
 * What a line that quotes a request says besides. The quoted parts of an access line (path, referrer, user agent) are a
 * stranger's choice, who could start a rollback with them; what stands outside of the quotes is the target's own.
 */
function besidesRequest(line: string): string {
  const fields = jsonLine(line);
  if (fields === null) return ownWords(line);
  return SAID.flatMap((name) => textOf(fields[name]) ?? [])
    .map(ownWords)
    .join(' ');
}

function ownWords(text: string): string {
  return ACCESS.test(text) ? text.replace(/"(?:[^"\\]|\\.)*(?:"|$)/g, '""') : text;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function parseFields(fields: Readonly<Record<string, unknown>>, line: string): LogEvent | null {
  const message = textOf(fields['message']) ?? textOf(fields['msg']);
  const said = message === null ? null : parseText(ownWords(message), line);
  const event = eventOf(fields['event_type']) ?? said?.event;
  if (event === undefined) return null;
  return {
    ...(said ?? bareEvent(line, event)),
    event,
    ...given('operation', operationOf(fields['operation'])),
    ...given('teamId', idOf(fields['team_id'])),
    ...given('membershipId', idOf(fields['membership_id'])),
    ...given('legacyId', idOf(fields['legacy_id']) ?? idOf(fields['legacy_team_id'])),
    ...given('durationMs', numberOf(fields['duration_ms'])),
    ...given('error', errorOf(fields)),
  };
}

/** A field of its own wins over what the sentence says; a missing one leaves the sentence's. */
function given<K extends string, V>(name: K, value: V | null): Partial<Record<K, V>> {
  const one: Partial<Record<K, V>> = {};
  if (value !== null) one[name] = value;
  return one;
}

/** The object of a JSON line, also behind the prefix of a container runtime (`web-1  | {…}`); else `null`. */
function jsonLine(line: string): Readonly<Record<string, unknown>> | null {
  const start = line.indexOf('{');
  if (start < 0 || !line.trimEnd().endsWith('}')) return null;
  try {
    const value: unknown = JSON.parse(line.slice(start));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return LINE_KEYS.some((key) => Object.hasOwn(value, key)) ? { ...value } : null;
  } catch {
    return null;
  }
}

function errorOf(fields: Readonly<Record<string, unknown>>): string | null {
  const said = textOf(fields['error']) ?? textOf(fields['exception_message']);
  const type = textOf(fields['exception_type']);
  if (said === null) return type;
  return type === null ? said : `${type}: ${said}`;
}
