import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import type { Options } from '../options.js';
import { shellWord } from '../terminal/printable.js';
import { usageError } from '../user-error.js';
import { deriveUi } from '../render/links.js';

/** Where Temporal is and how to speak to it: options over environment variables over the profile file. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** As @temporalio/envconfig made it (TLS, API key, metadata); may hold secrets: never print it. */
  readonly connection: ClientConnectConfig['connectionOptions'];
  /** Origin of the Temporal UI without a slash at the end; `null` when nobody told. */
  readonly ui: string | null;
  /** `readiness`, or how it was called: printed commands work as they stand. */
  readonly program: string;
  /** The same with the connection's options. */
  readonly command: string;
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
const GLOBAL_FLAGS = ['address', 'namespace', 'profile', 'ui'] as const;

export function resolveSettings(
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
): TemporalSettings {
  const config = load(options.text('profile'), env);
  const address = options.text('address') ?? (config.connectionOptions.address?.trim() || DEFAULT_ADDRESS);
  if (!/^[^\s/]+:\d{1,5}$/.test(address)) {
    throw usageError(
      `The Temporal address "${address}" is not host:port.`,
      'Give one like 127.0.0.1:7233 with --address or TEMPORAL_ADDRESS.',
    );
  }
  return {
    address,
    namespace: options.text('namespace') ?? (config.namespace?.trim() || 'default'),
    connection: { ...config.connectionOptions, address },
    ui: uiOrigin(options.text('ui') ?? env['READINESS_UI'], address),
    program: programName(env),
    command: commandPrefix(options, env),
  };
}

function load(
  profile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ClientConnectConfig {
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars: given, ...(profile === undefined ? {} : { profile }) });
  } catch (error) {
    // Only the first line: a TOML error quotes the lines around it, and an API key may stand there.
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unreadable';
    throw usageError(
      `Temporal's client settings cannot be used: ${reason}`,
      'They are the TEMPORAL_… environment variables and the profile file (TEMPORAL_CONFIG_FILE, by default temporalio/temporal.toml in your configuration folder).',
    );
  }
}

function uiOrigin(given: string | undefined, address: string): string | null {
  if (given === undefined || given.trim() === '') return deriveUi(address);
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw usageError(
      `The address of the Temporal UI "${given}" is not an http(s) address.`,
      'Give one like http://127.0.0.1:8233 with --ui or READINESS_UI.',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** How people call this program here; what `npm run readiness` starts is not on their path. */
export function programName(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_lifecycle_event'] === 'readiness' ? 'npm run readiness --' : 'readiness';
}

function commandPrefix(options: Options, env: Readonly<Record<string, string | undefined>>): string {
  const flags = GLOBAL_FLAGS.flatMap((name) => {
    const value = options.text(name);
    return value === undefined ? [] : [`--${name} ${shellWord(value)}`];
  });
  return [programName(env), ...flags].join(' ');
}
