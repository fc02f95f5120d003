/** Fields of a new team that a write can ask for, by their column; `owner` is the username behind `owner_id`. */
export type AskedField = 'name' | 'owner' | 'game_id' | 'region' | 'description';

/** What a write asked for. A field that is not named was not asked for, or nobody knows it. */
export interface AskedRows {
  readonly team: Readonly<Partial<Record<AskedField, string>>>;
  readonly member?: {
    /** Username. */
    readonly person: string;
    /** The membership as the answer or an earlier flow named it; `null` = the newest of the person. */
    readonly id: number | null;
    /** `left`: gone, or any status but ACTIVE. */
    readonly state: 'active' | 'left';
    readonly role?: string;
  };
}

/** A new team as it stands. A field that is absent has no column; `null` = NULL. */
export interface StandingTeam {
  readonly id: number;
  readonly fields: Readonly<Partial<Record<AskedField, string | null>>>;
  readonly members: readonly StandingMember[];
}

export interface StandingMember {
  readonly id: number;
  readonly person: string | null;
  readonly role: string | null;
  readonly status: string | null;
}

/** How far the new rows are what was asked for. */
export interface Effect {
  /** What was asked for and what stands, one sentence a difference; empty = as asked. */
  readonly differences: readonly string[];
  /** Fields that were asked for and have no column, so that nobody can tell. */
  readonly notCompared: readonly string[];
}

/**
 * Compares the rows of the new model with what the run itself asked for. The copy cannot show this: where new and legacy
 * row are wrong alike, or both unchanged, they still are equal. `teams` are those that the write may have made or meant.
 */
export function effectOf(asked: AskedRows, teams: readonly StandingTeam[]): Effect {
  const [team, ...others] = teams;
  if (team === undefined) return { differences: ['no new team stands'], notCompared: [] };
  const fields = Object.entries(asked.team) as [AskedField, string][];
  return {
    differences: [
      ...(others.length === 0 ? [] : [`${String(teams.length)} new teams stand where one was asked for`]),
      ...fields.flatMap(([field, wanted]) => {
        const seen = team.fields[field];
        return seen === undefined || (seen ?? '') === wanted
          ? []
          : [`${field} of team ${String(team.id)} is ${quoted(seen)}, asked was ${quoted(wanted)}`];
      }),
      ...(asked.member === undefined ? [] : memberDifferences(asked.member, team)),
    ],
    notCompared: fields.flatMap(([field]) => (team.fields[field] === undefined ? [`team.${field}`] : [])),
  };
}

function memberDifferences(asked: NonNullable<AskedRows['member']>, team: StandingTeam): string[] {
  const ofPerson = team.members.filter((one) => one.person === asked.person);
  const named = asked.id === null ? ofPerson.at(-1) : team.members.find((one) => one.id === asked.id);
  const where = `on team ${String(team.id)}`;
  if (named === undefined) {
    if (asked.state === 'left') return stillActive(ofPerson);
    return [
      asked.id === null
        ? `no membership of ${asked.person} stands ${where}`
        : `membership ${String(asked.id)} does not stand ${where}`,
    ];
  }
  const what = `membership ${String(named.id)}`;
  return [
    ...(named.person === asked.person
      ? []
      : [`${what} belongs to ${named.person ?? 'nobody'}, asked was ${asked.person}`]),
    ...(asked.role === undefined || named.role === asked.role
      ? []
      : [`the role of ${what} is ${quoted(named.role)}, asked was ${quoted(asked.role)}`]),
    ...(asked.state === 'left'
      ? stillActive([...new Set([named, ...ofPerson])])
      : named.status === 'ACTIVE'
        ? []
        : [`the status of ${what} is ${quoted(named.status)}, asked was "ACTIVE"`]),
  ];
}

function stillActive(members: readonly StandingMember[]): string[] {
  return members
    .filter((one) => one.status === 'ACTIVE')
    .map(
      (one) =>
        `membership ${String(one.id)} of ${one.person ?? 'nobody'} is still ACTIVE, asked was its removal`,
    );
}

function quoted(value: string | null): string {
  return value === null ? 'NULL' : JSON.stringify(value);
}
