/**
 * Masks what looks like a credential in text that comes from outside (command output, response bodies, log lines)
 * before it goes into evidence, a result or a log. `known` are secrets that this worker resolved itself.
 */
export function redact(text: string, known: readonly string[] = []): string {
  const patterns = known
    .filter((secret) => secret.length >= 4)
    .reduce((result, secret) => result.replaceAll(secret, '***'), text);
  return patterns
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]+):[^\s@/]+@/gi, '$1:***@')
    .replace(/\bBearer\s+[A-Za-z0-9._~+/-]+=*/g, 'Bearer ***')
    .replace(/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}/g, '***')
    .replace(/((?:password|passwd|secret|token|api[_-]?key)["']?\s*[=:]\s*["']?)[^\s"',;&}]+/gi, '$1***');
}
