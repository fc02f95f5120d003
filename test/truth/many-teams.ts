/**
 * SQL that makes a staging with many teams, right in both models, with the real names, keys and indexes of docs/target.md.
 * Legacy ids run the other way round, so that no chunk finds its twins side by side on the disk.
 */
export function manyTeamsSql(teams: number): readonly string[] {
  const n = String(teams);
  return [
    `CREATE TABLE auth_user AS SELECT i AS id, 'person' || i AS username FROM generate_series(1, ${n} / 10 + 10) i`,
    `CREATE TABLE user_profile_userprofile AS SELECT id + 1000000 AS id, id AS user_id FROM auth_user`,
    `CREATE TABLE organizations_team AS
       SELECT i::int8 AS id, ('Team ' || i)::varchar(50) AS name, ('team-' || i)::varchar(80) AS slug, i % (${n} / 10) + 1 AS owner_id,
              i % 20 + 1 AS game_id, 'EU'::varchar(10) AS region, 'ACTIVE'::varchar(20) AS status, ''::text AS description,
              now() - interval '30 days' AS created_at, now() - interval '30 days' AS updated_at FROM generate_series(1, ${n}) i`,
    `CREATE TABLE teams_team AS
       SELECT ${n} + 501 - id AS id, name::varchar(100) AS name, ('T' || id)::varchar(10) AS tag, slug,
              (CASE game_id WHEN 1 THEN 'valorant' WHEN 2 THEN 'csgo' WHEN 3 THEN 'dota2' WHEN 4 THEN 'pubg' ELSE '' END)::varchar(30) AS game,
              region, true AS is_active, true AS is_public, created_at, updated_at FROM organizations_team`,
    `CREATE TABLE organizations_migration_map AS
       SELECT id, ${n} + 501 - id AS legacy_team_id, id AS vnext_team_id, slug AS legacy_slug, created_at AS migration_date FROM organizations_team`,
    `CREATE TABLE organizations_membership AS
       SELECT t.id * 2 + k AS id, t.id AS team_id, (t.id + k * 7) % (${n} / 10) + 1 AS user_id,
              (CASE k WHEN 0 THEN 'OWNER' ELSE 'COACH' END)::varchar(20) AS role, 'ACTIVE'::varchar(20) AS status, t.created_at AS joined_at
         FROM organizations_team t, generate_series(0, 1) k`,
    `CREATE TABLE teams_teammembership AS
       SELECT id + 2000 AS id, ${n} + 501 - team_id AS team_id, user_id + 1000000 AS profile_id,
              (CASE role WHEN 'COACH' THEN 'PLAYER' ELSE role END)::varchar(20) AS role, status, joined_at FROM organizations_membership`,
    ...[
      'auth_user',
      'user_profile_userprofile',
      'organizations_team',
      'teams_team',
      'organizations_migration_map',
      'organizations_membership',
      'teams_teammembership',
    ].map((table) => `ALTER TABLE ${table} ADD PRIMARY KEY (id)`),
    `CREATE UNIQUE INDEX ON user_profile_userprofile (user_id)`,
    `CREATE UNIQUE INDEX ON organizations_migration_map (legacy_team_id)`,
    `CREATE UNIQUE INDEX ON organizations_migration_map (vnext_team_id)`,
    `CREATE UNIQUE INDEX ON teams_team (name)`,
    `CREATE INDEX ON organizations_membership (team_id)`,
    `CREATE INDEX ON teams_teammembership (team_id)`,
    'ANALYZE',
  ];
}
