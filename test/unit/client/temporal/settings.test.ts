import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Options } from '../../../../client/options.js';
import { UiLinks } from '../../../../client/render/links.js';
import { clientIdentity } from '../../../../client/temporal/session.js';
import { resolveSettings } from '../../../../client/temporal/settings.js';

const NO_FILE = { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };
const settings = (options: Record<string, unknown>, env: Record<string, string> = {}) =>
  resolveSettings(new Options(options), { ...NO_FILE, ...env });

async function withProfile<T>(toml: string, work: (env: Record<string, string>) => T): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
  try {
    const file = join(folder, 'temporal.toml');
    await writeFile(file, toml);
    return work({ TEMPORAL_CONFIG_FILE: file });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('where Temporal is', () => {
  test('nothing told: the dev server on this machine, with its UI', () => {
    expect(settings({})).toMatchObject({
      address: '127.0.0.1:7233',
      namespace: 'default',
      ui: 'http://127.0.0.1:8233',
      command: 'readiness',
    });
  });

  test('options are stronger than the environment, which is stronger than the profile', async () => {
    const toml = '[profile.default]\naddress = "file:1"\nnamespace = "from-file"\n';
    await withProfile(toml, (file) => {
      expect(settings({}, file)).toMatchObject({ address: 'file:1', namespace: 'from-file' });
      expect(settings({}, { ...file, TEMPORAL_ADDRESS: 'env:2' })).toMatchObject({
        address: 'env:2',
        namespace: 'from-file',
      });
      expect(settings({ address: 'option:3' }, { ...file, TEMPORAL_ADDRESS: 'env:2' })).toMatchObject({
        address: 'option:3',
      });
    });
  });

  test('an API key turns TLS on and appears in no printed command', () => {
    const made = settings({ address: 'cloud.example:7233' }, { TEMPORAL_API_KEY: 'sesame-open' });
    expect(made.connection).toMatchObject({ apiKey: 'sesame-open', tls: true });
    expect(made.command).not.toContain('sesame');
  });

  test('a broken profile file is told without quoting it: a key may stand in it', async () => {
    await withProfile('[profile.default]\napi_key = "sesame-open\n', (file) => {
      expect(() => settings({}, file)).toThrow(/client settings cannot be used/);
      expect(() => settings({}, file)).not.toThrow(/sesame/);
    });
  });

  test('printed commands carry the options that this one was given', () => {
    expect(
      settings({ address: 'a:1', profile: undefined, ui: 'http://my ui'.replace(' ', '-') }).command,
    ).toBe('readiness --address a:1 --ui http://my-ui');
    expect(settings({}, { npm_lifecycle_event: 'readiness' }).command).toBe('npm run readiness --');
  });

  test('the identity says program, version, user and machine', () => {
    expect(clientIdentity('1.2.3')).toMatch(/^readiness-cli\/1\.2\.3 .+@.+$/);
  });
});

describe('links', () => {
  test('the UI is known only where it can be known', () => {
    expect(settings({ address: 'host:7234' }).ui).toBeNull();
    expect(settings({ address: 'host:7234' }, { READINESS_UI: 'https://ui.example/sub/' }).ui).toBe(
      'https://ui.example/sub',
    );
    expect(new UiLinks(null, 'default').run('a', 'b')).toBeNull();
  });

  test('parts of a link are escaped', () => {
    expect(new UiLinks('http://ui', 'my ns').run('a/b', 'c')).toBe(
      'http://ui/namespaces/my%20ns/workflows/a%2Fb/c/user-metadata',
    );
    expect(new UiLinks('http://ui', 'd').list('A="b"')).toBe(
      'http://ui/namespaces/d/workflows?query=A%3D%22b%22',
    );
  });
});
