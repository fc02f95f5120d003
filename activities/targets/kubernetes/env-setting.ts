import type { V1EnvVar, V1EnvVarSource } from '@kubernetes/client-node';
import { FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import type { CapturedVariable, FlagCapture } from '../../contract.js';
import { canonicalJson } from '../../plan/canonical.js';
import { failure } from '../../support/failure.js';
import type { FlagAssignment } from '../target.js';

/** How one variable stands (or is to stand) in a container's `env` list. */
export type EnvSetting =
  | { readonly state: 'absent' }
  | { readonly state: 'value'; readonly value: string }
  | { readonly state: 'reference'; readonly valueFrom: V1EnvVarSource };

/** What is to be brought about; a variable that is not named is left alone. */
export type EnvSettings = Readonly<Partial<Record<FlagName, EnvSetting>>>;

const ABSENT: EnvSetting = { state: 'absent' };
const REFERENCES = ['configMapKeyRef', 'secretKeyRef', 'fieldRef', 'resourceFieldRef', 'fileKeyRef'] as const;

/** What an assignment asks for; `null` = absent. */
export function settingsOfAssignment(assignment: FlagAssignment): EnvSettings {
  return settingsFor((name) => {
    const value = assignment[name];
    if (value === undefined) return undefined;
    return value === null ? ABSENT : { state: 'value', value };
  });
}

/**
 * A captured state as settings, references included.
 * @throws UnexpectedAnswer when a captured reference cannot be understood.
 */
export function settingsOfCapture(capture: FlagCapture): EnvSettings {
  return settingsFor((name) => {
    const captured = capture.variables.find((variable) => variable.name === name);
    return captured === undefined ? undefined : settingOfCaptured(captured);
  });
}

/** The entry of an `env` list for a setting; never `value` beside `valueFrom`. `null` = no entry. */
export function entryOf(name: FlagName, setting: EnvSetting): V1EnvVar | null {
  switch (setting.state) {
    case 'absent':
      return null;
    case 'value':
      return { name, value: setting.value };
    case 'reference':
      return { name, valueFrom: setting.valueFrom };
  }
}

/** How the variable stands in an `env` list; of several entries the last one, which is the one that counts. */
export function settingIn(entries: readonly V1EnvVar[], name: FlagName): EnvSetting {
  const entry = entries.findLast((candidate) => candidate.name === name);
  if (entry === undefined) return ABSENT;
  return entry.valueFrom === undefined || (entry.value ?? '') !== ''
    ? { state: 'value', value: entry.value ?? '' }
    : { state: 'reference', valueFrom: entry.valueFrom };
}

/** Whether two settings mean the same. */
export function sameSetting(left: EnvSetting, right: EnvSetting): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/**
 * A setting as a capture records it; the value of a reference is its `valueFrom` as JSON.
 * @throws UnexpectedAnswer for a kind of reference that this version does not know: it could not be put back.
 */
export function capturedOf(name: FlagName, setting: EnvSetting): CapturedVariable {
  switch (setting.state) {
    case 'absent':
      return { name, state: 'absent', value: null };
    case 'value':
      return { name, state: 'value', value: setting.value };
    case 'reference':
      if (!isKnownReference(setting.valueFrom)) throw unknownReference(name);
      return { name, state: 'reference', value: canonicalJson(setting.valueFrom) };
  }
}

function settingOfCaptured({ name, state, value }: CapturedVariable): EnvSetting {
  if (state === 'absent') return ABSENT;
  if (state === 'value') return { state, value: value ?? '' };
  const valueFrom = parsed(value ?? '');
  if (valueFrom === null) throw unknownReference(name);
  return { state, valueFrom };
}

function parsed(json: string): V1EnvVarSource | null {
  try {
    const value: unknown = JSON.parse(json);
    return isKnownReference(value) ? value : null;
  } catch {
    return null;
  }
}

/** Exactly one kind, and a known one: the client drops fields that it does not know, so anything else is not all of it. */
function isKnownReference(value: unknown): value is V1EnvVarSource {
  if (typeof value !== 'object' || value === null) return false;
  const kinds = Object.entries(value).filter(([, content]) => content !== undefined);
  return kinds.length === 1 && REFERENCES.some((kind) => kind === kinds[0]?.[0]);
}

function unknownReference(name: FlagName): Error {
  return failure(
    TERMINAL.unexpected,
    `${name} stands in the container's env as a kind of reference that is not understood, so it could not be put back; nothing was changed. Give it a plain value, or use a newer version of this program.`,
  );
}

function settingsFor(of: (name: FlagName) => EnvSetting | undefined): EnvSettings {
  return Object.fromEntries(
    FLAG_NAMES.flatMap((name) => {
      const setting = of(name);
      return setting === undefined ? [] : [[name, setting]];
    }),
  );
}
