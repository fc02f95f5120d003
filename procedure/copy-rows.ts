/** The rules by which a copy is right (`copy` of the environment file; docs/target.md). */
export interface CopyRules {
  /** Legacy game by game id, as text. A game id that is not named has no legacy game: it is copied as an empty text. */
  readonly games: Readonly<Record<string, string>>;
  /** Legacy role by role. A role that is not named stays as it is. */
  readonly roles: Readonly<Record<string, string>>;
  /** Legacy membership status by status. One that is not named stays as it is; an empty text = no legacy row is left. */
  readonly statuses: Readonly<Record<string, string>>;
}

/** Rows as they were read; `null` = NULL, or a column that is not there (see `notCompared`). */
export interface NewTeamRow {
  readonly id: number;
  readonly name: string;
  readonly slug: string | null;
  readonly gameId: number | null;
  readonly region: string | null;
  readonly status: string | null;
}

export interface LegacyTeamRow {
  readonly id: number;
  readonly name: string;
  readonly slug: string | null;
  readonly game: string | null;
  readonly region: string | null;
  readonly isActive: boolean | null;
}

export interface MappingRow {
  readonly id: number;
  readonly newTeamId: number;
  readonly legacyTeamId: number;
}

/** One membership of either model. The person is the auth user, on the legacy side found through the profile. */
export interface MemberRow {
  readonly id: number;
  readonly teamId: number;
  /** `null`: the profile belongs to no user, or does not exist. */
  readonly userId: number | null;
  /** How people call the person: the username, or `profile 12` where there is no user. */
  readonly person: string;
  readonly role: string | null;
  readonly status: string | null;
}

/** Fields of a team that are compared, as the legacy side calls them. */
export const TEAM_FIELDS = ['name', 'slug', 'game', 'region', 'is_active'] as const;
export type TeamField = (typeof TEAM_FIELDS)[number];

/** Everything read about some teams in one snapshot. `legacyTeams` also holds teams of the same name without a mapping. */
export interface CopyRows {
  /** Fields that cannot be compared because a table has no such column. */
  readonly notCompared: readonly TeamField[];
  readonly teamIds: readonly number[];
  readonly newTeams: readonly NewTeamRow[];
  readonly newMembers: readonly MemberRow[];
  readonly mappings: readonly MappingRow[];
  readonly legacyTeams: readonly LegacyTeamRow[];
  readonly legacyMembers: readonly MemberRow[];
  /** Legacy teams that carry the run's tag and that no mapping of a team of the run names; absent where nobody looked. */
  readonly surplus?: readonly SurplusRow[];
}

export interface SurplusRow {
  readonly id: number;
  readonly name: string;
  /** A mapping that names it all the same, to a team that is not of this run. */
  readonly mapping: { readonly id: number; readonly newTeamId: number } | null;
}
