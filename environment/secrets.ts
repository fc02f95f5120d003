import { readFile } from 'node:fs/promises';
import { errorCode } from './error-code.js';
import type { SecretRef } from './settings.js';

/** A secret reference that leads nowhere. The message names the reference and never holds a value. */
export class SecretProblem extends Error {
  override readonly name = 'SecretProblem';
  readonly ref: SecretRef;

  constructor(ref: SecretRef, message: string) {
    super(message);
    this.ref = ref;
  }
}

/** Whether a text is a reference to a secret rather than a value. */
export function isSecretRef(text: string): text is SecretRef {
  return text.startsWith('env:') || text.startsWith('file:');
}

/**
 * The secret behind `env:NAME` or `file:PATH` (its content without blanks and newlines at both ends). Read anew at
 * every call, so that a rotated secret needs no restart.
 * @throws SecretProblem when the variable is not set, or the file cannot be read or is empty.
 */
export async function resolveSecret(
  ref: SecretRef,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  if (ref.startsWith('env:')) {
    const value = environment[ref.slice('env:'.length)];
    if (value === undefined) throw new SecretProblem(ref, `${ref} is not set in the worker's environment`);
    if (value.trim() === '') throw new SecretProblem(ref, `${ref} is empty in the worker's environment`);
    return value;
  }
  const value = await contentOf(ref);
  if (value === '') throw new SecretProblem(ref, `${ref} is empty; write the secret into that file`);
  return value;
}

async function contentOf(ref: SecretRef): Promise<string> {
  try {
    return (await readFile(ref.slice('file:'.length), 'utf8')).trim();
  } catch (error) {
    const code = errorCode(error);
    throw new SecretProblem(ref, `${ref} cannot be read by the worker's user (${code})`);
  }
}
