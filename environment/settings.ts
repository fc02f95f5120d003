import type { FlagName } from '../procedure/flags.js';
import type { Gate, Wait } from '../procedure/phases.js';
import type { ApprovalRules, SampleSettings, Thresholds } from '../procedure/plan.js';

/** Where a secret stands, never the secret itself: `env:NAME` or `file:PATH`. */
export type SecretRef = `env:${string}` | `file:${string}`;

export type ApiAuthentication =
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: SecretRef;
      readonly tokenPath: string;
      readonly refreshPath: string;
    }
  | { readonly kind: 'token'; readonly token: SecretRef; readonly scheme: string };

/** Method D of seed §2: an env file and a process manager. */
export interface EnvFileTargetSettings {
  readonly method: 'env-file';
  readonly envFile: string;
  readonly supervisor: {
    /** The supervisorctl command with its options, e.g. `["supervisorctl", "-c", "/etc/supervisor/supervisord.conf"]`. */
    readonly command: readonly string[];
    readonly program: string;
  };
  /** The management command's argv, e.g. `["python", "manage.py"]`, and its working folder. */
  readonly manage: {
    readonly command: readonly string[];
    readonly workingFolder: string;
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly log: { readonly file: string };
  /** How long a restart may take until the target is ready again, in milliseconds. */
  readonly restartTimeoutMs: number;
}

/** Methods A and B of seed §2: a Deployment, its variables in its own `env` or in a ConfigMap. */
export interface KubernetesTargetSettings {
  readonly method: 'kubernetes-env' | 'kubernetes-config-map';
  /** Path of a kubeconfig; `null` = the service account of the worker's own pod. */
  readonly kubeconfig: string | null;
  /** A context of that file; `null` = its current one. */
  readonly context: string | null;
  readonly namespace: string;
  readonly deployment: string;
  /** The container that serves the API. */
  readonly container: string;
  /** The ConfigMap that method B writes; not looked at by method A. */
  readonly configMap: string;
  /** The management command's argv in the container, and the Python that tells its processes. */
  readonly manage: { readonly command: readonly string[] };
  readonly python: string;
  /** How long a rollout may take until the target is ready again, in milliseconds. */
  readonly restartTimeoutMs: number;
}

/** One member a method of seed §2; C and E join this union. */
export type TargetSettings = EnvFileTargetSettings | KubernetesTargetSettings;

/** Tables and columns under their real names; each was found by looking for the candidates in order. */
export interface TableSettings {
  readonly team: readonly string[];
  readonly membership: readonly string[];
  readonly mapping: readonly string[];
  readonly mappingTime: readonly string[];
  readonly legacyTeam: readonly string[];
  readonly legacyMembership: readonly string[];
  readonly profile: readonly string[];
  readonly user: readonly string[];
  readonly ranking: readonly string[];
  readonly activityLog: readonly string[];
}

/** The file environments/<name>.yaml with every default filled in. Durations in milliseconds. Holds no secret. */
export interface EnvironmentSettings {
  readonly name: string;
  readonly kind: 'lab' | 'staging';
  readonly taskQueue: string;
  readonly allow: {
    readonly hosts: readonly string[];
    readonly databases: readonly string[];
    readonly namespaces: readonly string[];
  };
  readonly api: {
    readonly baseUrl: string;
    readonly readinessPath: string;
    readonly authentication: ApiAuthentication;
    /** Further users, among whom the performance test is spread. */
    readonly moreUsers: readonly ApiAuthentication[];
    /** What the target lets one user send in an hour. */
    readonly requestsPerHour: number;
    readonly requestTimeoutMs: number;
    readonly staticFile: string | null;
  };
  readonly database: {
    readonly url: SecretRef;
    /** Of a role that may grant rights on the table of legacy teams, for the failure simulation only. */
    readonly adminUrl: SecretRef | null;
    /** Whose right the simulation takes away; `null` = the owner of that table. */
    readonly applicationRole: string | null;
    readonly statementTimeoutMs: number;
    readonly tables: TableSettings;
  };
  readonly target: TargetSettings;
  readonly flags: { readonly baseline: Readonly<Record<FlagName, 'true' | 'false'>> };
  readonly testData: {
    /** Username of the member that flows 2, 3 and 5 add, change and remove. */
    readonly member: string;
    readonly region: string;
    readonly otherRegion: string;
    /** Game ids to take test teams' ids from; smoke flows prefer `mapped` ones, so that the legacy game is compared too. */
    readonly games: { readonly mapped: readonly number[]; readonly from: number; readonly to: number };
  };
  /** Rules by which a copy is right (docs/target.md): legacy game by game id, legacy role by role, legacy status by status. */
  readonly copy: {
    readonly games: Readonly<Record<string, string>>;
    readonly roles: Readonly<Record<string, string>>;
    readonly statuses: Readonly<Record<string, string>>;
  };
  readonly log: { readonly patterns: { readonly critical: readonly string[] } };
  readonly thresholds: Required<Omit<Thresholds, 'shadow'>>;
  /** Names of rules that only tell (`procedure/rules/shadow.ts`). */
  readonly rules: { readonly shadow: readonly string[] };
  readonly samples: Required<SampleSettings>;
  readonly deadlines: Readonly<Record<Wait, number>>;
  readonly freshness: { readonly baselineMs: number; readonly proofsMs: number };
  /** All teams of both models are compared at every `auditEvery`-th check of the soak, and at every one where that is quick. */
  readonly soak: { readonly auditEvery: number };
  readonly rollback: { readonly patienceMs: number };
  readonly approvers: Readonly<Record<Gate, readonly string[]>>;
  readonly approval: ApprovalRules;
  readonly contacts: {
    readonly backendLead: string;
    readonly databaseAdmin: string;
    readonly platform: string;
    readonly onCall: string;
  };
  readonly artifacts: { readonly root: string; readonly minimumFreeBytes: number };
  readonly publish: { readonly tracker: string | null; readonly gitCommit: boolean };
  readonly testing: { readonly guardianWatch: boolean };
}

/** A loaded environment: its settings, its digest and the file that it came from. */
export interface LoadedEnvironment {
  readonly settings: EnvironmentSettings;
  readonly digest: string;
  readonly file: string;
}
