import { SECRET_MODE, readIfThere, writeFileAtomic } from './files.js';

/** The four flags of the seed at the values from which a run starts. */
export const BASELINE_FLAGS: Readonly<Record<string, string>> = {
  TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false',
  TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false',
  TEAM_LEGACY_WRITE_BLOCKED: 'true',
  TEAM_LEGACY_WRITE_BYPASS_ENABLED: 'false',
};

/** Settings that the lab keeps current in the env file, whatever else people write into it. */
export type LabSettings = Readonly<Record<string, string>>;

/**
 * Writes `.env.staging` when it is missing. One that is there keeps every line, order and comment (a run may have
 * changed its flags, and a person may have added lines); only the lab's own settings are brought up to date.
 */
export async function ensureEnvFile(path: string, secretKey: string, settings: LabSettings): Promise<void> {
  const text = (await readIfThere(path)) ?? firstText(secretKey);
  await writeFileAtomic(path, withValues(text, settings), SECRET_MODE);
}

/** Puts the four flags back to their baseline; true when one of them stood differently. */
export async function writeBaselineFlags(path: string): Promise<boolean> {
  const text = (await readIfThere(path)) ?? '';
  const changed = withValues(text, BASELINE_FLAGS);
  if (changed === text) return false;
  await writeFileAtomic(path, changed, SECRET_MODE);
  return true;
}

/** Replaces the value of every line of a name (the last one would win), and appends what is missing. */
function withValues(text: string, values: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [name, value] of Object.entries(values)) {
    const line = new RegExp(`^(?:export )?${name}=.*$`, 'gm');
    const assignment = `${name}=${shellWord(value)}`;
    if (line.test(result)) result = result.replace(line, () => assignment);
    else result = `${result.replace(/\n*$/, '\n')}${assignment}\n`;
  }
  return result;
}

/** The file is read by a shell. */
function shellWord(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function firstText(secretKey: string): string {
  return `# Deltacrown staging. Read by run-web.sh when the web process starts; a change needs a restart:
#   supervisorctl restart deltacrown-web
# Do not commit this file.

# --- Django ---
DJANGO_SECRET_KEY=${secretKey}
ALLOWED_HOSTS=localhost,127.0.0.1

# --- Team vNext (P5) ---
# Copies every write of the new model to the legacy tables. Off until P5-T6 has been signed off.
TEAM_VNEXT_DUAL_WRITE_ENABLED=false
# true: a failed copy fails the request. Only for short tests.
TEAM_VNEXT_DUAL_WRITE_STRICT_MODE=false
# Nothing but dual-write may write the legacy tables.
TEAM_LEGACY_WRITE_BLOCKED=true
TEAM_LEGACY_WRITE_BYPASS_ENABLED=false

# --- kept current by the lab ---
`;
}
