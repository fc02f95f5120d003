import { redact } from '../support/redact.js';

/** What every answer of the target carries. */
interface Answered {
  readonly status: number;
  /** Lower-case names; of repeated headers the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most BODY_LIMIT bytes. */
  readonly body: string;
  readonly truncated: boolean;
  /** The parsed body; absent when it is no JSON. */
  readonly json?: unknown;
  /** From sending the request to the last byte of the answer, by the monotonic clock. */
  readonly ms: number;
  /** The id that was sent; the target echoes it and writes it on the request's own log line. */
  readonly correlationId: string;
}

/**
 * An answer of the target. A throttled request is one of its own: neither a success nor a failure of dual-write
 * (docs/target.md). `while` tells whether the request itself or the login before it was throttled.
 */
export type ApiResponse =
  | (Answered & { readonly kind: 'answer' })
  | (Answered & {
      readonly kind: 'throttled';
      readonly while: 'login' | 'request';
      /** `null`: the target did not say. */
      readonly retryAfterMs: number | null;
    });

/** Bytes of a body that are kept. An error page of a framework in debug mode is larger; its beginning says enough. */
export const BODY_LIMIT = 256 * 1024;

/** Headers that say something about the answer; others (cookies above all) are neither kept nor saved. */
export const HEADERS_OF_INTEREST = [
  'content-type',
  'retry-after',
  'x-correlation-id',
  'date',
  'server',
  'allow',
  'location',
] as const;

/** Milliseconds of a `Retry-After` header: seconds or an HTTP date; `null` when it is absent or neither. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d+(?:\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/**
 * Why an answer is no success, in one short line for a person: `HTTP 409 member_exists: This user is on the team
 * already.` Knows both error shapes, field errors and HTML pages; tolerates keys that come and go.
 */
export function describeError(response: ApiResponse): string {
  if (response.kind === 'throttled') return describeThrottle(response.while, response.retryAfterMs);
  const said = fromJson(response.json) ?? fromHtml(response) ?? firstLine(response.body);
  const text = `HTTP ${String(response.status)}${said === '' ? ' without a text' : ` ${said}`}`;
  return redact(text).slice(0, 300);
}

function describeThrottle(during: 'login' | 'request', waitMs: number | null): string {
  const what = during === 'login' ? 'the login was throttled' : 'the request was throttled';
  return waitMs === null
    ? `${what} (HTTP 429)`
    : `${what} (HTTP 429, Retry-After ${String(Math.ceil(waitMs / 1000))} s)`;
}

function fromJson(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return null;
  const fields: Readonly<Record<string, unknown>> = { ...json };
  const code = textOf(fields['error_code']) ?? textOf(fields['code']);
  const message =
    textOf(fields['message']) ??
    textOf(fields['error']) ??
    textOf(fields['detail']) ??
    textOf(fields['safe_message']);
  const details = fields['field_errors'] ?? fields['details'];
  const more = details === undefined || details === null ? null : JSON.stringify(details).slice(0, 150);
  if (code === null && message === null && more === null) return null;
  const text = [code, message].filter((part) => part !== null).join(': ');
  return more === null ? text : `${text} ${more}`.trim();
}

function fromHtml({ body, headers }: Answered): string | null {
  if (!(headers['content-type'] ?? '').includes('html') && !/^\s*</.test(body)) return null;
  const title = /<(?:title|h1)[^>]*>([^<]{1,200})/i.exec(body)?.[1]?.trim();
  return title === undefined || title === '' ? 'with an HTML page' : `with an HTML page "${title}"`;
}

function firstLine(body: string): string {
  return body.trim().split('\n')[0]?.slice(0, 150) ?? '';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.replace(/\s+/g, ' ') : null;
}
