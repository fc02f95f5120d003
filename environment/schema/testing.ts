import { EXHAUSTION_LINES } from '../../procedure/connections.js';
import { BASELINE_FLAGS, FLAG_NAMES } from '../../procedure/flags.js';
import { section, text, texts, type SchemaNode } from './schema-node.js';

const REGIONS = ['NA', 'EU', 'APAC', 'LATAM', 'OCE', 'ME', 'AF', 'SA'] as const;

function region(title: string, description: string, fallback: string): SchemaNode {
  return { type: 'string', title, description, enum: REGIONS, default: fallback, examples: [fallback] };
}

function gameId(title: string, description: string, fallback: number): SchemaNode {
  return {
    type: 'integer',
    title,
    description,
    minimum: 1,
    maximum: 2_147_483_647,
    default: fallback,
    examples: [fallback],
  };
}

function map(about: {
  readonly title: string;
  readonly description: string;
  readonly default: Readonly<Record<string, string>>;
}): SchemaNode {
  return {
    type: 'object',
    ...about,
    additionalProperties: {
      type: 'string',
      title: 'Legacy value',
      description: 'What stands in the legacy row.',
      examples: Object.values(about.default).slice(0, 1),
    },
    examples: [about.default],
  };
}

const GAMES = { 1: 'valorant', 2: 'csgo', 3: 'dota2', 4: 'pubg' };
const ROLES = {
  OWNER: 'OWNER',
  MANAGER: 'MANAGER',
  COACH: 'PLAYER',
  ANALYST: 'PLAYER',
  SCOUT: 'PLAYER',
  PLAYER: 'PLAYER',
  SUBSTITUTE: 'SUBSTITUTE',
};
const STATUSES = { ACTIVE: 'ACTIVE', INACTIVE: 'INACTIVE' };

const EXHAUSTION_AND_STRICT = [...EXHAUSTION_LINES, 'Dual-write strict mode: raising exception'];

/** What a run writes for its tests, and what a right copy looks like. */
export const TESTING: Readonly<Record<string, SchemaNode>> = {
  flags: section(
    {
      title: 'Flags',
      description: 'The four variables of seed §1.',
      examples: [{ baseline: { TEAM_LEGACY_WRITE_BLOCKED: true } }],
    },
    {
      baseline: section(
        {
          title: 'Baseline values',
          description:
            'What the serving processes must have before a run (seed §3.1). Written without quotes: true or false.',
          examples: [{ TEAM_LEGACY_WRITE_BLOCKED: true }],
        },
        Object.fromEntries(
          FLAG_NAMES.map((name): [string, SchemaNode] => {
            const fallback = BASELINE_FLAGS[name] === 'true';
            return [
              name,
              {
                type: 'boolean',
                title: name,
                description: 'Baseline value of this variable.',
                default: fallback,
                examples: [fallback],
              },
            ];
          }),
        ),
      ),
    },
  ),
  testData: section(
    {
      title: 'Test data',
      description: 'What the test teams are made of.',
      examples: [{ member: 'readiness-member' }],
    },
    {
      member: text({
        title: 'Member',
        description: 'Username of an existing user whom flows 2, 3 and 5 add, change and remove.',
        examples: ['readiness-member'],
      }),
      region: region('Region', 'Region of new test teams.', 'NA'),
      otherRegion: region(
        'Other region',
        'Region to which flow 4 changes a team; must differ from the first.',
        'EU',
      ),
      games: section(
        {
          title: 'Games',
          description:
            'Game ids for test teams. A user owns at most one team a game, so every team needs its own.',
          examples: [{ mapped: [1, 2, 3, 4], from: 1001, to: 1400 }],
        },
        {
          mapped: {
            type: 'array',
            title: 'Mapped games',
            description:
              'Ids with a legacy game; the smoke test prefers them, so that the legacy game is compared too.',
            uniqueItems: true,
            items: {
              type: 'integer',
              title: 'Game id',
              description: 'One game id.',
              minimum: 1,
              maximum: 2_147_483_647,
              examples: [1],
            },
            default: [1, 2, 3, 4],
            examples: [[1, 2, 3, 4]],
          },
          from: gameId('From', 'First other id.', 1001),
          to: gameId('To', 'Last other id.', 9999),
        },
      ),
    },
  ),
  copy: section(
    {
      title: 'Copy',
      description: 'Rules by which a legacy row is a right copy of a new one.',
      examples: [{ games: { 1: 'valorant' } }],
    },
    {
      games: map({
        title: 'Games',
        description: 'Legacy game by game id; an id that is not listed has an empty legacy game.',
        default: GAMES,
      }),
      roles: map({ title: 'Roles', description: 'Legacy role by new role.', default: ROLES }),
      statuses: map({
        title: 'Statuses',
        description: 'Legacy membership status by new status.',
        default: STATUSES,
      }),
    },
  ),
  log: section(
    {
      title: 'Log',
      description: "How the target's log is read.",
      examples: [{ patterns: { critical: EXHAUSTION_AND_STRICT } }],
    },
    {
      patterns: section(
        {
          title: 'Patterns',
          description: 'Texts to look for.',
          examples: [{ critical: EXHAUSTION_AND_STRICT }],
        },
        {
          critical: texts({
            title: 'Critical',
            description:
              'A line that contains one of these texts, in any letter case, starts the rollback (seed §7: pool exhaustion, strict mode).',
            default: EXHAUSTION_AND_STRICT,
            examples: [EXHAUSTION_AND_STRICT],
          }),
        },
      ),
    },
  ),
};
