/**
 * The code of a Node error (`ENOENT`), for messages that must not repeat what a library says. Not `instanceof Error`: an
 * error that crossed a realm is none.
 */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'unknown error';
}
