import type { EnvironmentSettings, LoadedEnvironment } from '../../../environment/settings.js';

/** An environment as the loader gives it, for activities under test; `changes` replace top-level settings. */
export function testEnvironment(changes: Partial<EnvironmentSettings> = {}): LoadedEnvironment {
  const settings: EnvironmentSettings = {
    name: 'unit',
    kind: 'lab',
    taskQueue: 'readiness',
    allow: { hosts: ['127.0.0.1'], databases: [], namespaces: [] },
    api: {
      baseUrl: 'http://127.0.0.1:1',
      readinessPath: '/readiness/',
      moreUsers: [],
      requestsPerHour: 1000,
      authentication: {
        kind: 'password',
        username: 'captain1',
        password: 'env:API_PASSWORD',
        tokenPath: '/api/token/',
        refreshPath: '/api/token/refresh/',
      },
      requestTimeoutMs: 2000,
      staticFile: null,
    },
    database: {
      url: 'env:STAGING_DATABASE_URL',
      adminUrl: null,
      applicationRole: null,
      statementTimeoutMs: 5000,
      tables: {
        team: ['organizations_team'],
        membership: ['organizations_membership'],
        mapping: ['organizations_teammigrationmap', 'organizations_migration_map'],
        mappingTime: ['created_at', 'migration_date'],
        legacyTeam: ['teams_team'],
        legacyMembership: ['teams_teammembership'],
        profile: ['user_profile_userprofile'],
        user: ['auth_user'],
        ranking: ['organizations_ranking'],
        activityLog: ['organizations_activity_log'],
      },
    },
    target: {
      method: 'env-file',
      envFile: '/nowhere/.env.staging',
      supervisor: { command: ['supervisorctl'], program: 'deltacrown-web' },
      manage: { command: ['python', 'manage.py'], workingFolder: '/nowhere', environment: {} },
      log: { file: '/nowhere/web.log' },
      restartTimeoutMs: 1000,
    },
    flags: {
      baseline: {
        TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false',
        TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false',
        TEAM_LEGACY_WRITE_BLOCKED: 'true',
        TEAM_LEGACY_WRITE_BYPASS_ENABLED: 'false',
      },
    },
    testData: {
      member: 'player1',
      region: 'EU',
      otherRegion: 'NA',
      games: { mapped: [1, 2, 3, 4], from: 100, to: 200 },
    },
    copy: {
      games: { '1': 'valorant', '2': 'csgo', '3': 'dota2', '4': 'pubg' },
      roles: { COACH: 'PLAYER', ANALYST: 'PLAYER', SCOUT: 'PLAYER' },
      statuses: {},
    },
    log: { patterns: { critical: [] } },
    rules: { shadow: [] },
    thresholds: {
      minimumEvents: 3,
      p95Ratio: 2,
      minimumDeltaMs: 25,
      connectionShare: 0.8,
      orphanChecks: 3,
      lagBudgetMs: 10_000,
      createAcceptableP95Ms: 200,
      createAlertP95Ms: 300,
      memberAddAcceptableP95Ms: 120,
      memberAddAlertP95Ms: 200,
      settingsAcceptableP95Ms: 150,
      settingsAlertP95Ms: 250,
    },
    samples: {
      ...{ measured: 20, warmUp: 3, claim: 'none', ratePerSecond: 50 },
      ...{ memberAdd: 20, settings: 20, roleUpdate: 20, memberRemove: 20 },
      queryCounts: false,
      secondBaseline: false,
    },
    deadlines: { enable: 1, soak: 1, finish: 1, ask: 1, pause: 1, attention: 1, preconditions: 1 },
    freshness: { baselineMs: 1, proofsMs: 1 },
    soak: { auditEvery: 12 },
    rollback: { patienceMs: 1 },
    approval: { quorum: { enable: 1, soak: 1, finish: 1 }, starterMayApprove: true, identity: 'record' },
    approvers: { enable: ['*'], soak: ['*'], finish: ['*'] },
    contacts: { backendLead: 'a', databaseAdmin: 'b', platform: 'c', onCall: 'd' },
    artifacts: { root: '/tmp', minimumFreeBytes: 0 },
    publish: { tracker: null, gitCommit: false },
    testing: { guardianWatch: true },
    ...changes,
  };
  return { settings, digest: 'd'.repeat(64), file: 'environments/unit.yaml' };
}

/** The allow-list that lets a test reach its scratch database, and no other. */
export function allowing(url: string): Pick<EnvironmentSettings, 'allow'> {
  return { allow: { hosts: ['127.0.0.1'], databases: [new URL(url).pathname.slice(1)], namespaces: [] } };
}
