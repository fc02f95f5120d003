import type { FlagName } from '../procedure/flags.js';
import type { Gate, Wait } from '../procedure/phases.js';
import type { SampleSettings } from '../procedure/plan.js';
import type { SecretRef, TableSettings } from './settings.js';

/**
 * What an environment file is after the schema accepted it and its defaults were filled in. Durations and sizes are
 * still texts. Only `settingsOf` reads it; keep it in step with the schema.
 */
export interface EnvironmentFile {
  readonly name: string;
  readonly kind: 'lab' | 'staging';
  readonly taskQueue: string;
  readonly allow: { readonly hosts: string[]; readonly databases: string[]; readonly namespaces: string[] };
  readonly api: {
    readonly baseUrl: string;
    readonly readinessPath: string;
    readonly authentication: FileAuthentication;
    readonly moreUsers: readonly FileAuthentication[];
    readonly requestsPerHour: number;
    readonly requestTimeout: string;
    readonly staticFile: string | null;
  };
  readonly database: {
    readonly url: SecretRef;
    readonly adminUrl: SecretRef | null;
    readonly applicationRole: string | null;
    readonly statementTimeout: string;
    readonly tables: TableSettings;
  };
  readonly target: FileTarget;
  readonly flags: { readonly baseline: Record<FlagName, boolean> };
  readonly testData: {
    readonly member: string;
    readonly region: string;
    readonly otherRegion: string;
    readonly games: { readonly mapped: number[]; readonly from: number; readonly to: number };
  };
  readonly copy: {
    readonly games: Record<string, string>;
    readonly roles: Record<string, string>;
    readonly statuses: Record<string, string>;
  };
  readonly log: { readonly patterns: { readonly critical: string[] } };
  readonly thresholds: {
    readonly minimumEvents: number;
    readonly p95Ratio: number;
    readonly minimumDelta: string;
    readonly connectionShare: number;
    readonly orphanChecks: number;
    readonly lagBudget: string;
    readonly createAcceptableP95: string;
    readonly createAlertP95: string;
    readonly memberAddAcceptableP95: string;
    readonly memberAddAlertP95: string;
    readonly settingsAcceptableP95: string;
    readonly settingsAlertP95: string;
  };
  readonly rules: { readonly shadow: string[] };
  readonly samples: Required<SampleSettings>;
  readonly deadlines: Record<Wait, string>;
  readonly freshness: { readonly baseline: string; readonly proofs: string };
  readonly soak: { readonly auditEvery: number };
  readonly rollback: { readonly patience: string };
  readonly approvers: Record<Gate, string[]>;
  readonly approval: {
    readonly quorum: Record<Gate, number>;
    readonly starterMayApprove: boolean;
    readonly identity: 'record' | 'require';
  };
  readonly contacts: {
    readonly backendLead: string;
    readonly databaseAdmin: string;
    readonly platform: string;
    readonly onCall: string;
  };
  readonly artifacts: { readonly root: string; readonly minimumFree: string };
  readonly publish: { readonly tracker: string | null; readonly gitCommit: boolean };
  readonly testing: { readonly guardianWatch: boolean };
}

export type FileTarget =
  | {
      readonly method: 'env-file';
      readonly envFile: string;
      readonly supervisor: { readonly command: string[]; readonly program: string };
      readonly manage: {
        readonly command: string[];
        readonly workingFolder: string;
        readonly environment: Record<string, string>;
      };
      readonly log: { readonly file: string };
      readonly restartTimeout: string;
    }
  | {
      readonly method: 'kubernetes-env' | 'kubernetes-config-map';
      readonly kubeconfig: string | null;
      readonly context: string | null;
      readonly namespace: string;
      readonly deployment: string;
      readonly container: string;
      readonly configMap?: string;
      readonly manage: { readonly command: string[] };
      readonly python: string;
      readonly rolloutTimeout: string;
    };

export type FileAuthentication =
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: SecretRef;
      readonly tokenPath: string;
      readonly refreshPath: string;
    }
  | { readonly kind: 'token'; readonly token: SecretRef; readonly scheme: string };
