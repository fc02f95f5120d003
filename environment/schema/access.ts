import {
  HTTP_URL,
  IDENTIFIER,
  SECRET,
  URL_PATH,
  duration,
  section,
  text,
  texts,
  type SchemaNode,
} from './schema-node.js';

const AUTHENTICATION: SchemaNode = {
  type: 'object',
  title: 'Authentication',
  description: 'How requests are signed: a user that logs in ("password"), or a fixed token ("token").',
  examples: [{ kind: 'password', username: 'readiness-bot', password: 'env:STAGING_API_PASSWORD' }],
  discriminator: { propertyName: 'kind' },
  oneOf: [
    section(
      {
        title: 'User and password',
        description: 'Logs in at the token path and renews the token by itself; a soak outlives a token.',
        examples: [{ kind: 'password', username: 'readiness-bot', password: 'env:STAGING_API_PASSWORD' }],
      },
      {
        kind: kind('password'),
        username: text({
          title: 'User',
          description: 'The user who owns all test teams.',
          examples: ['readiness-bot'],
        }),
        password: text(
          {
            title: 'Password',
            description: 'Where the password stands.',
            examples: ['env:STAGING_API_PASSWORD'],
          },
          SECRET,
        ),
        tokenPath: text(
          {
            title: 'Token path',
            description: 'POST with username and password gives the tokens.',
            default: '/api/token/',
            examples: ['/api/token/'],
          },
          URL_PATH,
        ),
        refreshPath: text(
          {
            title: 'Refresh path',
            description: 'POST with the refresh token gives a new access token.',
            default: '/api/token/refresh/',
            examples: ['/api/token/refresh/'],
          },
          URL_PATH,
        ),
      },
    ),
    section(
      {
        title: 'Fixed token',
        description: 'A token that does not expire during a run.',
        examples: [{ kind: 'token', token: 'file:/run/secrets/staging-token' }],
      },
      {
        kind: kind('token'),
        token: text(
          { title: 'Token', description: 'Where the token stands.', examples: ['env:STAGING_API_TOKEN'] },
          SECRET,
        ),
        scheme: text({
          title: 'Scheme',
          description: 'The word before the token in the Authorization header.',
          default: 'Bearer',
          examples: ['Bearer', 'Token'],
        }),
      },
    ),
  ],
};

function kind(value: string): SchemaNode {
  return { type: 'string', title: 'Kind', description: `"${value}".`, const: value, examples: [value] };
}

/** One logical table or column: the candidates are tried in order, the first that exists is used. */
function candidates(title: string, description: string, names: readonly string[]): SchemaNode {
  return texts({ title, description, default: names, examples: [names] }, { minItems: 1, value: IDENTIFIER });
}

const TABLES = section(
  {
    title: 'Tables',
    description:
      'Names under which tables (and one column) may be found. Candidates are tried in order; the preconditions tell which one was found.',
    examples: [{ mapping: ['organizations_migration_map'] }],
  },
  {
    team: candidates('New teams', 'Table of vNext teams.', ['organizations_team']),
    membership: candidates('New members', 'Table of vNext memberships.', ['organizations_membership']),
    mapping: candidates(
      'Mapping',
      "Table that maps legacy teams to vNext teams: the seed's name, then the real one.",
      ['organizations_teammigrationmap', 'organizations_migration_map'],
    ),
    mappingTime: candidates(
      'Mapping time',
      "Column of the mapping table with its time: the seed's name, then the real one.",
      ['created_at', 'migration_date'],
    ),
    legacyTeam: candidates('Legacy teams', 'Table of legacy teams.', ['teams_team']),
    legacyMembership: candidates('Legacy members', 'Table of legacy memberships.', ['teams_teammembership']),
    profile: candidates('Profiles', 'Table through which a legacy member is a user.', [
      'user_profile_userprofile',
    ]),
    user: candidates('Users', 'Table of users; a project with its own user model has another name.', [
      'auth_user',
      'accounts_user',
    ]),
    ranking: candidates('Ranking', 'Rows that the application adds under a team.', ['organizations_ranking']),
    activityLog: candidates('Activity log', 'Rows that the application adds under a team.', [
      'organizations_activity_log',
    ]),
  },
);

/** How the API and the database of the target are reached. */
export const ACCESS: Readonly<Record<string, SchemaNode>> = {
  api: section(
    {
      title: 'API',
      description: 'The HTTP API of the target.',
      examples: [{ baseUrl: 'https://staging.deltacrown.gg' }],
    },
    {
      baseUrl: text(
        {
          title: 'Address',
          description: 'Scheme, host and port; its host must be on the allow-list.',
          examples: ['https://staging.deltacrown.gg'],
        },
        HTTP_URL,
      ),
      readinessPath: text(
        {
          title: 'Readiness path',
          description: 'Answers 200 when the target is ready.',
          default: '/readiness/',
          examples: ['/readiness/'],
        },
        URL_PATH,
      ),
      authentication: AUTHENTICATION,
      moreUsers: {
        type: 'array',
        title: 'More users',
        description:
          'Further users, each signed in like the first. The performance test is spread over all of them, so that none comes near the limit of requests an hour; each needs what the first one needs, a profile in the legacy model too.',
        items: AUTHENTICATION,
        default: [],
        examples: [
          [{ kind: 'password', username: 'readiness-bot-2', password: 'env:STAGING_API_PASSWORD_2' }],
        ],
      },
      requestsPerHour: {
        type: 'integer',
        title: 'Requests per hour',
        description:
          'What the target lets one user send in an hour. A run that would send more than 70 % of it by one user needs more users, or fewer samples.',
        minimum: 1,
        maximum: 1_000_000_000,
        default: 1000,
        examples: [1000],
      },
      requestTimeout: duration({
        title: 'Request timeout',
        description: 'Deadline of one request.',
        default: '30s',
        examples: ['30s'],
      }),
      staticFile: {
        type: ['string', 'null'],
        title: 'Static file',
        description:
          'Path of one static file; needed for runs with staticFiles (seed §4), which must get 200 on it.',
        default: null,
        pattern: URL_PATH.pattern,
        examples: ['/static/css/main.css'],
      },
    },
  ),
  database: section(
    {
      title: 'Database',
      description: "The target's PostgreSQL.",
      examples: [{ url: 'env:STAGING_DATABASE_URL' }],
    },
    {
      url: text(
        {
          title: 'URL',
          description:
            'Where the connection URL stands. Its host and database name must be on the allow-list.',
          default: 'env:STAGING_DATABASE_URL',
          examples: ['env:STAGING_DATABASE_URL', 'file:/run/secrets/staging-database-url'],
        },
        SECRET,
      ),
      adminUrl: {
        type: ['string', 'null'],
        title: 'Admin URL',
        description:
          'Where the connection URL of a role stands that may grant rights on the table of legacy teams (its owner); needed for runs with failureSimulation, and used for nothing else.',
        default: null,
        pattern: SECRET.pattern,
        examples: ['env:STAGING_DATABASE_ADMIN_URL'],
      },
      applicationRole: {
        type: ['string', 'null'],
        title: 'Application role',
        description:
          "The application's database role, whose right to insert the failure simulation takes away; without it the owner of the table of legacy teams.",
        default: null,
        minLength: 1,
        examples: ['deltacrown'],
      },
      statementTimeout: duration({
        title: 'Statement timeout',
        description: 'Longest time of one SQL statement.',
        default: '15s',
        examples: ['15s'],
      }),
      tables: TABLES,
    },
  ),
};
