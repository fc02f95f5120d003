import type { CopyRules, MemberRow } from './copy-rows.js';
import type { RowDifference } from './observations.js';

/** The members of one team in both models. */
export interface TeamMembers {
  readonly new: readonly MemberRow[];
  readonly legacy: readonly MemberRow[];
}

/**
 * Compares the members of a team with those of its twin, person by person. A person who is missing in the legacy team
 * while a stranger stands there is one fault, `wrong-person`, not two: that is what a mix-up of profile and user looks
 * like. Several rows of one person: the one that counts is the active one, then the newest.
 */
export function compareMembers(members: TeamMembers, rules: CopyRules): RowDifference[] {
  const wanted = byPerson(members.new);
  const present = byPerson(members.legacy);
  const found: RowDifference[] = [...surplus(wanted, 'membership'), ...surplus(present, 'legacy membership')];
  const missing: MemberRow[] = [];
  for (const [person, rows] of wanted) {
    const member = current(rows);
    const twins = present.get(person);
    if (twins !== undefined) found.push(...compareTwins(member, current(twins), rules));
    else if (legacyStatus(member, rules) !== '') missing.push(member);
  }
  const strangers = [...present].filter(([person]) => !wanted.has(person)).map(([, rows]) => current(rows));
  return [...found, ...pairUp(missing, strangers, rules)];
}

function pairUp(
  missing: readonly MemberRow[],
  strangers: readonly MemberRow[],
  rules: CopyRules,
): RowDifference[] {
  const left = [...strangers];
  const found = missing.map((member): RowDifference => {
    const row = rowOf(member);
    // The stranger with the role that the missing person should have is the likeliest mix-up.
    const alike = left.findIndex((stranger) => stranger.role === legacyRole(member, rules));
    const [stranger] = left.splice(Math.max(alike, 0), 1);
    return stranger === undefined
      ? { class: 'missing-in-legacy', row, field: null, expected: 'a legacy membership', found: 'no row' }
      : {
          class: 'wrong-person',
          row,
          field: 'person',
          expected: member.person,
          found: `${stranger.person} (legacy membership ${String(stranger.id)})`,
        };
  });
  return [
    ...found,
    ...left.map((stranger): RowDifference => ({
      class: 'missing-in-new',
      row: rowOf(stranger, 'legacy membership'),
      field: null,
      expected: 'no row: nobody of the new team',
      found: `${stranger.role ?? 'no role'}, ${stranger.status ?? 'no status'}`,
    })),
  ];
}

function compareTwins(member: MemberRow, twin: MemberRow, rules: CopyRules): RowDifference[] {
  const row = rowOf(member);
  const role = legacyRole(member, rules);
  const status = legacyStatus(member, rules);
  const found: RowDifference[] = [];
  // Where a removal deletes the legacy row, a row that stands is the fault; its role no longer matters.
  if (role !== twin.role && status !== '') {
    found.push({ class: 'wrong-role', row, field: 'role', expected: role, found: twin.role });
  }
  if (status !== twin.status) {
    const expected = status === '' ? 'no legacy row' : status;
    found.push({ class: 'wrong-status', row, field: 'status', expected, found: twin.status });
  }
  return found;
}

function surplus(people: ReadonlyMap<string, MemberRow[]>, kind: string): RowDifference[] {
  return [...people.values()].flatMap((rows): RowDifference[] => {
    const counted = current(rows);
    const active = rows.filter((row) => row.status === 'ACTIVE');
    // A person who left and came back may have an old row beside the new one; two active rows are always wrong.
    if (active.length < 2) return [];
    return active
      .filter((row) => row !== counted)
      .map((row) => ({
        class: 'duplicate',
        row: rowOf(row, kind),
        field: 'person',
        expected: `${counted.person} once`,
        found: 'a further active row',
      }));
  });
}

function legacyRole(member: MemberRow, rules: CopyRules): string | null {
  return member.role === null ? null : (rules.roles[member.role] ?? member.role);
}

function legacyStatus(member: MemberRow, rules: CopyRules): string | null {
  return member.status === null ? null : (rules.statuses[member.status] ?? member.status);
}

function byPerson(rows: readonly MemberRow[]): Map<string, MemberRow[]> {
  const people = new Map<string, MemberRow[]>();
  for (const row of [...rows].sort((a, b) => a.id - b.id)) {
    // Someone without a user can be nobody of the new model, whatever the profile's number is.
    const key = row.userId === null ? `- ${row.person}` : String(row.userId);
    people.set(key, [...(people.get(key) ?? []), row]);
  }
  return people;
}

function current(rows: readonly MemberRow[]): MemberRow {
  const active = rows.filter((row) => row.status === 'ACTIVE');
  const last = (active.length > 0 ? active : rows).at(-1);
  if (last === undefined) throw new RangeError('a person without a row cannot be compared');
  return last;
}

function rowOf(member: MemberRow, kind = 'membership'): string {
  return `${kind} ${String(member.id)} (${member.person})`;
}
