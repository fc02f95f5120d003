import { resolve } from 'node:path';
import { parseDuration } from '../procedure/durations.js';
import { FLAG_NAMES, type FlagName } from '../procedure/flags.js';
import { GATES, type Gate } from '../procedure/phases.js';
import type { EnvironmentFile, FileTarget } from './file-shape.js';
import type { ApiAuthentication, EnvironmentSettings, SecretRef, TargetSettings } from './settings.js';

/** Folders against which relative paths of the file are resolved. */
export interface BaseFolders {
  readonly files: string;
  readonly secrets: string;
}

/**
 * The settings of a file that the schema accepted and whose defaults are filled in: durations in milliseconds, sizes in
 * bytes, every path absolute. A command's first word is resolved too when it is a path (`./venv/bin/python`).
 */
export function settingsOf(checked: unknown, base: BaseFolders): EnvironmentSettings {
  const file = checked as EnvironmentFile;
  const path = (relative: string): string => resolve(base.files, relative);
  const { api, database, target, thresholds, deadlines } = file;
  return {
    name: file.name,
    kind: file.kind,
    taskQueue: file.taskQueue,
    allow: file.allow,
    api: {
      baseUrl: api.baseUrl.replace(/\/+$/, ''),
      readinessPath: api.readinessPath,
      authentication: authenticationOf(api.authentication, base),
      moreUsers: api.moreUsers.map((one) => authenticationOf(one, base)),
      requestsPerHour: api.requestsPerHour,
      requestTimeoutMs: milliseconds(api.requestTimeout),
      staticFile: api.staticFile,
    },
    database: {
      url: secretRef(database.url, base),
      adminUrl: database.adminUrl === null ? null : secretRef(database.adminUrl, base),
      applicationRole: database.applicationRole,
      statementTimeoutMs: milliseconds(database.statementTimeout),
      tables: database.tables,
    },
    target: targetOf(target, base),
    flags: { baseline: flagTexts(file.flags.baseline) },
    testData: file.testData,
    copy: file.copy,
    log: file.log,
    thresholds: {
      minimumEvents: thresholds.minimumEvents,
      p95Ratio: thresholds.p95Ratio,
      minimumDeltaMs: milliseconds(thresholds.minimumDelta),
      connectionShare: thresholds.connectionShare,
      orphanChecks: thresholds.orphanChecks,
      lagBudgetMs: milliseconds(thresholds.lagBudget),
      createAcceptableP95Ms: milliseconds(thresholds.createAcceptableP95),
      createAlertP95Ms: milliseconds(thresholds.createAlertP95),
      memberAddAcceptableP95Ms: milliseconds(thresholds.memberAddAcceptableP95),
      memberAddAlertP95Ms: milliseconds(thresholds.memberAddAlertP95),
      settingsAcceptableP95Ms: milliseconds(thresholds.settingsAcceptableP95),
      settingsAlertP95Ms: milliseconds(thresholds.settingsAlertP95),
    },
    rules: file.rules,
    samples: file.samples,
    deadlines: {
      ...gateTimes(deadlines),
      attention: milliseconds(deadlines.attention),
      ask: milliseconds(deadlines.ask),
      pause: milliseconds(deadlines.pause),
      preconditions: milliseconds(deadlines.preconditions),
    },
    freshness: {
      baselineMs: milliseconds(file.freshness.baseline),
      proofsMs: milliseconds(file.freshness.proofs),
    },
    soak: file.soak,
    rollback: { patienceMs: milliseconds(file.rollback.patience) },
    approvers: file.approvers,
    approval: file.approval,
    contacts: file.contacts,
    artifacts: { root: path(file.artifacts.root), minimumFreeBytes: bytes(file.artifacts.minimumFree) },
    publish: {
      tracker: file.publish.tracker === null ? null : path(file.publish.tracker),
      gitCommit: file.publish.gitCommit,
    },
    testing: file.testing,
  };
}

function targetOf(target: FileTarget, base: BaseFolders): TargetSettings {
  const path = (relative: string): string => resolve(base.files, relative);
  switch (target.method) {
    case 'env-file':
      return {
        method: target.method,
        envFile: path(target.envFile),
        supervisor: {
          command: command(target.supervisor.command, base),
          program: target.supervisor.program,
        },
        manage: {
          command: command(target.manage.command, base),
          workingFolder: path(target.manage.workingFolder),
          environment: target.manage.environment,
        },
        log: { file: path(target.log.file) },
        restartTimeoutMs: milliseconds(target.restartTimeout),
      };
    case 'kubernetes-env':
    case 'kubernetes-config-map': {
      const { kubeconfig, context, namespace, deployment, container, python } = target;
      return {
        method: target.method,
        kubeconfig: kubeconfig === null ? null : resolve(base.secrets, kubeconfig),
        ...{ context, namespace, deployment, container, python },
        configMap: target.configMap ?? 'deltacrown-config',
        manage: { command: target.manage.command },
        restartTimeoutMs: milliseconds(target.rolloutTimeout),
      };
    }
  }
}

function authenticationOf(
  authentication: EnvironmentFile['api']['authentication'],
  base: BaseFolders,
): ApiAuthentication {
  return authentication.kind === 'password'
    ? { ...authentication, password: secretRef(authentication.password, base) }
    : { ...authentication, token: secretRef(authentication.token, base) };
}

/** A `file:` reference with an absolute path. */
function secretRef(ref: SecretRef, base: BaseFolders): SecretRef {
  return ref.startsWith('file:') ? `file:${resolve(base.secrets, ref.slice('file:'.length))}` : ref;
}

/** A bare word (`python`) is looked up in PATH; a word with a slash is a path. */
function command(words: readonly string[], base: BaseFolders): string[] {
  return words.map((word, index) => (index === 0 && word.includes('/') ? resolve(base.files, word) : word));
}

function flagTexts(values: Readonly<Record<FlagName, boolean>>): Record<FlagName, 'true' | 'false'> {
  const entries = FLAG_NAMES.map((name): [FlagName, 'true' | 'false'] => [
    name,
    values[name] ? 'true' : 'false',
  ]);
  return Object.fromEntries(entries) as Record<FlagName, 'true' | 'false'>;
}

function gateTimes(deadlines: EnvironmentFile['deadlines']): Record<Gate, number> {
  return Object.fromEntries(GATES.map((gate) => [gate, milliseconds(deadlines[gate])])) as Record<
    Gate,
    number
  >;
}

function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === null) throw new RangeError(`the schema let "${text}" pass as a duration`);
  return value;
}

function bytes(text: string): number {
  const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
  return Number.parseInt(text, 10) * (units[text.slice(-3)] ?? 1);
}
