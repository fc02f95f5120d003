import { around, bareEvent, eventOf, idOf, numberOf, operationOf, type LogEvent } from './log-event.js';
import type { DualWriteOperation } from './flows.js';

const SENTENCE =
  /Dual-write (scheduled|completed|failed) for (team creation|member addition|member role update|settings update|member removal): (\d+)/;
const SERVICE =
  /\b(Team|Membership|Team settings) (synced|updated|removed): vNext (\d+)(?:\s*(?:→|->|=>|\\u2192)\s*Legacy (\d+))?/;
const SERVICE_FAILED = /Failed to sync ([a-z ]{1,40}?): vNext (\d+)/;
const STRICT = 'Dual-write strict mode: raising exception';
const PAIR =
  /\b(event_type|operation|team_id|membership_id|legacy_id|duration_ms|error)=("(?:[^"\\]|\\.)*"|\S+)/g;

const OPERATION_OF: Readonly<Record<string, DualWriteOperation>> = {
  'team creation': 'sync_team_created',
  'member addition': 'sync_team_member_added',
  'member role update': 'sync_team_member_updated',
  'settings update': 'sync_team_settings_updated',
  'member removal': 'sync_team_member_removed',
  'Team synced': 'sync_team_created',
  'Membership synced': 'sync_team_member_added',
  'Membership updated': 'sync_team_member_updated',
  'Team settings synced': 'sync_team_settings_updated',
  'Team settings updated': 'sync_team_settings_updated',
  'Membership removed': 'sync_team_member_removed',
};

/** The event that a text line (or the message of a JSON line) tells; `line` is kept as its raw form. */
export function parseText(text: string, line: string): LogEvent | null {
  const strict = text.indexOf(STRICT);
  if (strict >= 0) return bareEvent(line, 'critical', around(text, strict, STRICT.length));
  if (text.includes('event_type=')) return parsePairs(text, line);
  const sentence = SENTENCE.exec(text);
  if (sentence !== null) {
    const [, word, subject = '', id] = sentence;
    const event = eventOf(`dual_write_${word ?? ''}`);
    return event === null
      ? null
      : { ...bareEvent(line, event), ...subjectOf(OPERATION_OF[subject] ?? null, id) };
  }
  const failed = SERVICE_FAILED.exec(text);
  if (failed !== null) {
    const [, subject = '', id] = failed;
    return { ...bareEvent(line, 'failed'), ...subjectOf(operationOfSubject(subject), id) };
  }
  const service = SERVICE.exec(text);
  if (service === null) return null;
  const [, noun = '', verb = '', id, legacyId] = service;
  const operation = OPERATION_OF[`${noun} ${verb}`];
  if (operation === undefined) return null;
  return { ...bareEvent(line, 'completed'), ...subjectOf(operation, id), legacyId: idOf(legacyId) };
}

function parsePairs(text: string, line: string): LogEvent | null {
  const fields: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(PAIR)) fields[name] ??= value;
  const event = eventOf(fields['event_type']);
  if (event === null) return null;
  const error = fields['error'];
  return {
    ...bareEvent(line, event),
    operation: operationOf(fields['operation']),
    teamId: idOf(fields['team_id']),
    membershipId: idOf(fields['membership_id']),
    legacyId: idOf(fields['legacy_id']),
    durationMs: numberOf(fields['duration_ms']),
    error: error === undefined ? null : error.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1'),
  };
}

/** The number in a sentence is the team's for creation and settings, the membership's for the member flows. */
function subjectOf(
  operation: DualWriteOperation | null,
  id: string | undefined,
): Pick<LogEvent, 'operation' | 'teamId' | 'membershipId'> {
  const ofMember = operation?.includes('_member_') ?? false;
  return { operation, teamId: ofMember ? null : idOf(id), membershipId: ofMember ? idOf(id) : null };
}

/** Wordings differ between services (`member add`, `membership removal`); the words that decide are the same. */
function operationOfSubject(subject: string): DualWriteOperation | null {
  if (subject.includes('settings')) return 'sync_team_settings_updated';
  if (!subject.includes('member')) return subject.includes('team') ? 'sync_team_created' : null;
  if (subject.includes('remov')) return 'sync_team_member_removed';
  return /role|updat/.test(subject) ? 'sync_team_member_updated' : 'sync_team_member_added';
}
