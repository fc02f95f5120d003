import { budgetProblems } from './request-budget.js';
import pg from 'pg';
import type { Problem } from '../procedure/problem.js';
import { isSecretRef } from './secrets.js';
import type { EnvironmentSettings } from './settings.js';

/** Words that mark something as production when they stand alone in a name (`db.prod.example.org`, `.env.production`). */
const PRODUCTION_WORDS = ['production', 'prod', 'prd', 'live'] as const;

/**
 * The word by which a host, database, program or path is named like production, or `null`. Whole words only
 * ("products" is harmless), with a number behind them too ("prod2").
 */
export function productionWord(name: string): string | null {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ''));
  return PRODUCTION_WORDS.find((word) => words.includes(word)) ?? null;
}

/** Whether a host can only be this machine. A Unix socket's folder is one too. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host) || host.startsWith('/');
}

/** A host as it is compared: lower case, without the brackets of an IPv6 address and without a trailing dot. */
export function comparableHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/**
 * Everything in an environment that may not be touched, by the environment's own allow-list and by the rule that
 * nothing named like production is ever touched, whatever the list says. Reads nothing but the settings; the database's
 * address is a secret and is checked by `checkDatabaseUrl` where it is resolved.
 */
export function safetyProblems(settings: EnvironmentSettings): Problem[] {
  const { target, api } = settings;
  const host = comparableHost(new URL(api.baseUrl).hostname);
  const named: readonly (readonly [string, string])[] = [
    ['name', settings.name],
    ['api.baseUrl', host],
    ...settings.allow.hosts.map((value, index): [string, string] => [`allow.hosts.${String(index)}`, value]),
    ...settings.allow.databases.map((value, index): [string, string] => [
      `allow.databases.${String(index)}`,
      value,
    ]),
    ...settings.allow.namespaces.map((value, index): [string, string] => [
      `allow.namespaces.${String(index)}`,
      value,
    ]),
    ...namesOf(target),
    // A lab can reach this machine only, and lies wherever its clone lies, be that below a folder `live`.
    ...(settings.kind === 'lab' ? [] : pathsOf(target)),
  ];
  return [
    ...named.flatMap(([path, value]) => productionProblem(path, value)),
    ...hostProblems('api.baseUrl', host, settings),
    ...settings.allow.hosts.flatMap((value, index) =>
      labProblem(`allow.hosts.${String(index)}`, value, settings),
    ),
    ...namespaceProblems(settings),
    ...contradictions(settings),
  ];
}

function namespaceProblems({ target, allow }: EnvironmentSettings): Problem[] {
  if (target.method === 'env-file' || allow.namespaces.includes(target.namespace)) return [];
  const listed = allow.namespaces.length === 0 ? 'which is empty' : allow.namespaces.join(', ');
  return [
    {
      path: 'target.namespace',
      message: `"${target.namespace}" is not in allow.namespaces (${listed})`,
    },
  ];
}

/** Names of what a run restarts and changes. */
function namesOf(target: EnvironmentSettings['target']): [string, string][] {
  if (target.method === 'env-file') return [['target.supervisor.program', target.supervisor.program]];
  return [
    ['target.namespace', target.namespace],
    ['target.deployment', target.deployment],
    ['target.configMap', target.configMap],
    ...(target.context === null ? [] : [['target.context', target.context] as [string, string]]),
  ];
}

function pathsOf(target: EnvironmentSettings['target']): [string, string][] {
  if (target.method !== 'env-file')
    return target.kubeconfig === null ? [] : [['target.kubeconfig', target.kubeconfig]];
  return [
    ['target.envFile', target.envFile],
    ...target.supervisor.command.map((value): [string, string] => ['target.supervisor.command', value]),
    ...target.manage.command.map((value): [string, string] => ['target.manage.command', value]),
    ['target.manage.workingFolder', target.manage.workingFolder],
    ['target.log.file', target.log.file],
  ];
}

/**
 * The problems of a resolved database URL: its host and database name must be on the allow-list and not named like
 * production. Asks the driver itself what it would connect to, so that `?host=` in the URL or PGHOST in the worker's
 * environment cannot lead past the check. Messages hold host and database name, never user or password.
 */
export function checkDatabaseUrl(url: string, settings: EnvironmentSettings): Problem[] {
  const path = `database.url (${settings.database.url})`;
  const address = addressOf(url);
  if (address === null) {
    return [
      { path, message: 'is no PostgreSQL URL; expected postgresql://user:password@host:port/database' },
    ];
  }
  const { database } = address;
  const host = comparableHost(address.host);
  const unlisted = settings.allow.databases.includes(database)
    ? []
    : [
        {
          path,
          message: `leads to database "${database}", which is not in allow.databases (${settings.allow.databases.join(', ')})`,
        },
      ];
  return [
    ...hostProblems(path, host, settings),
    ...productionProblem(path, host),
    ...unlisted,
    ...productionProblem(path, database),
  ];
}

function addressOf(url: string): { readonly host: string; readonly database: string } | null {
  if (!/^postgres(ql)?:\/\//.test(url)) return null;
  try {
    const client = new pg.Client({ connectionString: url });
    return { host: client.host, database: client.database ?? '' };
  } catch {
    // The library's error repeats the URL; the caller's message does not.
    return null;
  }
}

function hostProblems(path: string, host: string, settings: EnvironmentSettings): Problem[] {
  const listed = settings.allow.hosts.some((allowed) => comparableHost(allowed) === host);
  const unlisted = listed
    ? []
    : [
        {
          path,
          message: `leads to host "${host}", which is not in allow.hosts (${settings.allow.hosts.join(', ')})`,
        },
      ];
  return [...unlisted, ...labProblem(path, host, settings)];
}

function labProblem(path: string, host: string, settings: EnvironmentSettings): Problem[] {
  return settings.kind === 'lab' && !isLoopback(comparableHost(host))
    ? [
        {
          path,
          message: `"${host}" is another machine; an environment of kind lab stays on this one (localhost, 127.0.0.1, ::1)`,
        },
      ]
    : [];
}

function productionProblem(path: string, name: string): Problem[] {
  const word = productionWord(name);
  return word === null
    ? []
    : [
        {
          path,
          message: `"${name}" is named like production ("${word}") and is never touched, whatever the allow-list says`,
        },
      ];
}

function contradictions(settings: EnvironmentSettings): Problem[] {
  const { games, region, otherRegion } = settings.testData;
  return [
    ...(settings.kind !== 'lab' && !settings.testing.guardianWatch
      ? [{ path: 'testing.guardianWatch', message: 'may be off only in an environment of kind lab' }]
      : []),
    ...(games.from > games.to ? [{ path: 'testData.games', message: '"from" is greater than "to"' }] : []),
    ...(region === otherRegion
      ? [
          {
            path: 'testData.otherRegion',
            message: 'must differ from testData.region, or flow 4 changes nothing',
          },
        ]
      : []),
    ...(['create', 'memberAdd', 'settings'] as const)
      .filter((row) => settings.thresholds[`${row}AcceptableP95Ms`] > settings.thresholds[`${row}AlertP95Ms`])
      .map((row) => ({
        path: `thresholds.${row}AlertP95`,
        message: `is below thresholds.${row}AcceptableP95`,
      })),
    ...budgetProblems(settings),
    ...restartProblems(settings.target),
    ...Object.entries(settings.target.method === 'env-file' ? settings.target.manage.environment : {})
      .filter(([name, value]) => holdsSecret(name, value))
      .map(([name]) => ({
        path: `target.manage.environment.${name}`,
        message: 'looks like a secret; write where it stands, "env:NAME" or "file:PATH"',
      })),
  ];
}

/** The step that changes the flags has ten minutes: for the change itself, the restart, and a last look at every process. */
const LONGEST_RESTART_MS = 8 * 60_000;

/** Waiting that the step is not given the time for would be cut off, with Temporal's words instead of the target's. */
function restartProblems({ method, restartTimeoutMs }: EnvironmentSettings['target']): Problem[] {
  if (restartTimeoutMs <= LONGEST_RESTART_MS) return [];
  const path = method === 'env-file' ? 'target.restartTimeout' : 'target.rolloutTimeout';
  return [{ path, message: 'is longer than 8m, which is all that the step that changes the flags can wait' }];
}

/** By its name or by credentials in a URL. A reference holds none, and neither does a URL without a password. */
function holdsSecret(name: string, value: string): boolean {
  if (isSecretRef(value)) return false;
  return /pass(word|wd)?|secret|token|api_?key/i.test(name) || /:\/\/[^/\s]*:[^/\s]*@/.test(value);
}
