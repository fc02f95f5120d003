/** What a rollback writes, on objects that somebody else has written meanwhile too. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { V1ConfigMap, V1Container, V1Deployment } from '@kubernetes/client-node';
import { configMapPlace } from '../../../../../activities/targets/kubernetes/config-map-place.js';
import type { ConfigMapPatch } from '../../../../../activities/targets/kubernetes/config-map-patch.js';
import {
  containerOf,
  RESTARTED_AT,
  restartPatch,
} from '../../../../../activities/targets/kubernetes/env-patch.js';
import { envPlace, type FlagPlace } from '../../../../../activities/targets/kubernetes/flag-place.js';
import type { JsonPatchOperation } from '../../../../../activities/targets/kubernetes/json-patch.js';
import { FIELD_MANAGER, ROLLBACK_MANAGERS } from '../../../../../activities/targets/kubernetes/ownership.js';
import { isSafeValue } from '../../../../../activities/targets/kubernetes/safe-values.js';
import type { Workload } from '../../../../../activities/targets/kubernetes/workload.js';
import { freePermission } from '../../../../../activities/targets/permission.js';
import type { KubernetesTargetSettings } from '../../../../../environment/settings.js';
import { BASELINE_FLAGS, ENABLE_CHANGE, FLAG_NAMES } from '../../../../../procedure/flags.js';
import {
  BLOCKED,
  configMapWith,
  deploymentWith,
  ENABLED,
  managed,
  patched,
  sources,
  STRICT,
  withVersion,
} from './objects.js';

const CONFIG = 'deltacrown-config';
const OTHER = 'other-config';
const RESTART = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', `f:${RESTARTED_AT}`];
const limits = { signal: new AbortController().signal };

/** A Deployment and two ConfigMaps that count their versions and remember who restarted. */
class World {
  deployment: V1Deployment;
  readonly configMaps = new Map<string, V1ConfigMap>();
  rollouts = 0;
  #version = 100;

  constructor(container: Partial<V1Container>, data: Readonly<Record<string, Record<string, string>>> = {}) {
    this.deployment = deploymentWith(container);
    for (const [name, content] of Object.entries({ [OTHER]: {}, ...data }))
      this.configMaps.set(name, configMapWith(content));
  }

  place(method: 'A' | 'B'): FlagPlace {
    const settings = {
      ...{ namespace: 'deltacrown', deployment: 'deltacrown-web', container: 'web', configMap: CONFIG },
    } as KubernetesTargetSettings;
    const world = { workload: this.#workload(), settings, baseline: BASELINE_FLAGS };
    return method === 'A' ? envPlace(world) : configMapPlace(world);
  }

  env(): Readonly<Record<string, string | undefined>> {
    const { container } = containerOf(this.deployment, 'web');
    return Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
  }

  data(name: string): Record<string, string> {
    return this.configMaps.get(name)?.data ?? {};
  }

  get restartedAt(): string | null {
    return this.deployment.spec?.template.metadata?.annotations?.[RESTARTED_AT] ?? null;
  }

  patch(patch: readonly JsonPatchOperation[], manager: string): void {
    const before = JSON.stringify(this.deployment.spec?.template);
    this.deployment = withVersion(patched(this.deployment, patch), String((this.#version += 1)));
    if (JSON.stringify(this.deployment.spec?.template) !== before) this.rollouts += 1;
    const { metadata = {} } = this.deployment;
    metadata.managedFields =
      this.restartedAt === null ? [] : [managed(manager, [RESTART], { time: '2026-11-28T00:00:00Z' })];
  }

  restart(at: string, manager: string): void {
    this.patch(restartPatch(this.deployment, at), manager);
  }

  edit(name: string, data: Readonly<Record<string, string | null>>, manager = 'somebody'): void {
    const configMap = structuredClone(this.configMaps.get(name) ?? configMapWith({}));
    const merged = Object.entries({ ...configMap.data, ...data }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    configMap.data = Object.fromEntries(merged);
    Object.assign(configMap.metadata ?? {}, {
      resourceVersion: String((this.#version += 1)),
      managedFields: [
        managed(
          manager,
          Object.keys(configMap.data).map((key) => ['f:data', `f:${key}`]),
          { time: '2026-11-28T10:00:00Z' },
        ),
      ],
    });
    this.configMaps.set(name, configMap);
  }

  #workload(): Workload {
    return {
      readDeployment: () => Promise.resolve(structuredClone(this.deployment)),
      readConfigMap: (name: string) =>
        Promise.resolve(structuredClone(this.configMaps.get(name) ?? configMapWith({}))),
      readSources: () =>
        Promise.resolve(
          sources(
            Object.fromEntries(
              [...this.configMaps].map(([name, { data }]) => [`ConfigMap ${name}`, data ?? {}]),
            ),
          ),
        ),
      patchDeployment: (patch: readonly JsonPatchOperation[], _: unknown, manager = FIELD_MANAGER) => {
        this.patch(patch, manager);
        return Promise.resolve(this.deployment);
      },
      patchConfigMap: (name: string, { data }: ConfigMapPatch) => {
        this.edit(name, data, FIELD_MANAGER);
        return Promise.resolve(this.configMaps.get(name));
      },
    } as unknown as Workload;
  }
}

const fromConfig = { envFrom: [{ configMapRef: { name: OTHER } }, { configMapRef: { name: CONFIG } }] };
const off = { [ENABLED]: 'false', [STRICT]: 'false', [BLOCKED]: 'true' };

/** Captured, enabled, and as far as method B needs it restarted. */
async function enabled(world: World, method: 'A' | 'B') {
  const place = world.place(method);
  const capture = await place.capture(limits);
  expect(capture.safe).toBe(true);
  await place.write(ENABLE_CHANGE, freePermission, limits);
  if (method === 'B') world.restart('2026-11-28T00:00:00.000Z', FIELD_MANAGER);
  world.rollouts = 0;
  return { place, back: () => place.putBack(capture, freePermission, limits) };
}

describe('method B', () => {
  test.each([null, '2026-01-01T00:00:00Z'])(
    'the pod template is the one of before again, with one rollout (restarted at %s)',
    async (former) => {
      const world = new World(fromConfig, { [CONFIG]: off });
      if (former !== null) world.restart(former, 'kubectl-rollout');
      const before = structuredClone(world.deployment.spec?.template.metadata?.annotations ?? {});
      const { back } = await enabled(world, 'B');
      expect(await back()).toMatchObject({ written: true, wanted: { [ENABLED]: 'false' } });
      expect(world.data(CONFIG)).toEqual(off);
      expect(world.deployment.spec?.template.metadata?.annotations ?? {}).toEqual(before);
      expect(world.rollouts).toBe(1);
      // Killed and done again it does nothing.
      expect(await back()).toMatchObject({ written: false });
      expect(world.rollouts).toBe(1);
    },
  );

  test.each([
    ['somebody else has ordered since', 'kubectl-rollout'],
    ['this rollback has ordered', ROLLBACK_MANAGERS.restart],
  ])('a restart that %s stays', async (_, manager) => {
    const world = new World(fromConfig, { [CONFIG]: off });
    const { back } = await enabled(world, 'B');
    world.restart('2026-11-28T11:00:00Z', manager);
    world.rollouts = 0;
    await back();
    expect(world.restartedAt).toBe('2026-11-28T11:00:00Z');
    expect(world.rollouts).toBe(0);
    expect(world.data(CONFIG)).toEqual(off);
  });

  test('a variable that was absent and that somebody has set elsewhere meanwhile: off, with one write, also when done again', async () => {
    const world = new World(fromConfig, { [OTHER]: {}, [CONFIG]: { [BLOCKED]: 'true' } });
    const { back } = await enabled(world, 'B');
    world.edit(OTHER, { [ENABLED]: 'true' });
    const first = await back();
    expect(first.note).toMatch(
      /key TEAM_VNEXT_DUAL_WRITE_ENABLED of ConfigMap other-config gives it .*=true/,
    );
    expect(first.wanted).toMatchObject({ [ENABLED]: 'false', [STRICT]: 'false' });
    expect(world.data(CONFIG)).toMatchObject({ [ENABLED]: 'false', [STRICT]: 'false' });
    expect(await back()).toMatchObject({ written: false, wanted: { [ENABLED]: 'false' } });
  });

  test("somebody's entry in the Deployment that hides it is named, with what it gives", async () => {
    const world = new World(fromConfig, { [CONFIG]: off });
    const { place, back } = await enabled(world, 'B');
    containerOf(world.deployment, 'web').container.env = [{ name: ENABLED, value: 'true' }];
    const { wanted } = await back();
    expect(wanted).toMatchObject({ [ENABLED]: 'false' });
    expect(await place.hiding(wanted, limits)).toEqual([
      { name: ENABLED, text: `env[0] gives it ${ENABLED}=true` },
    ]);
  });

  test('when it was last written is told by the newest owner of its keys', async () => {
    const world = new World(fromConfig, { [CONFIG]: off });
    expect(await world.place('B').changedAt(limits)).toBeNull();
    world.edit(CONFIG, { [ENABLED]: 'true' });
    expect(await world.place('B').changedAt(limits)).toEqual(new Date('2026-11-28T10:00:00Z'));
  });
});

describe('method A', () => {
  test('absent again, with the template of before', async () => {
    const world = new World({ env: [{ name: 'X', value: '1' }] });
    const { back } = await enabled(world, 'A');
    expect(await back()).toMatchObject({ written: true, wanted: { [ENABLED]: 'false', [BLOCKED]: 'true' } });
    expect(world.env()).toEqual({ X: '1' });
    expect([world.restartedAt, world.rollouts]).toEqual([null, 1]);
  });

  test('somebody has set it in a ConfigMap meanwhile: off in env, with one rollout, also when done again', async () => {
    const world = new World(fromConfig, { [OTHER]: {}, [CONFIG]: { [BLOCKED]: 'true' } });
    const { back } = await enabled(world, 'A');
    world.edit(CONFIG, { [ENABLED]: 'true' });
    const first = await back();
    expect(first.note).toMatch(/ConfigMap deltacrown-config .*gives it .*=true/);
    expect(first.wanted).toMatchObject({ [ENABLED]: 'false', [STRICT]: 'false', [BLOCKED]: 'true' });
    expect(world.env()).toEqual({ [ENABLED]: 'false', [STRICT]: 'false' });
    expect(await back()).toMatchObject({ written: false, note: first.note });
    expect(world.rollouts).toBe(1);
  });

  test('what is no flag of dual-write is not written over, and named', async () => {
    const world = new World(fromConfig, { [OTHER]: {}, [CONFIG]: { [BLOCKED]: 'true' } });
    const { place, back } = await enabled(world, 'A');
    world.edit(CONFIG, { [BLOCKED]: 'false' });
    const { wanted, note } = await back();
    expect(note).toBeUndefined();
    expect(wanted).toMatchObject({ [BLOCKED]: 'true' });
    expect(await place.hiding(wanted, limits)).toEqual([
      { name: BLOCKED, text: expect.stringMatching(/ConfigMap deltacrown-config .*gives it .*=false/) },
    ]);
    expect(world.env()).toEqual({});
  });
});

test('whatever others have written meanwhile: only safe values are wanted, and doing it again writes nothing', async () => {
  const written = fc.dictionary(fc.constantFrom(...FLAG_NAMES), fc.constantFrom('true', 'false', 'yes'));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('A' as const, 'B' as const),
      fc.record({ [OTHER]: written, [CONFIG]: written }),
      async (method, edits) => {
        const world = new World(fromConfig, { [CONFIG]: method === 'B' ? off : { [BLOCKED]: 'true' } });
        const { place, back } = await enabled(world, method);
        for (const [name, data] of Object.entries(edits)) world.edit(name, data);
        const { wanted, note } = await back();
        for (const name of FLAG_NAMES)
          expect(isSafeValue(name, wanted[name] ?? null, BASELINE_FLAGS)).toBe(true);
        expect(await back()).toMatchObject({ written: false, wanted });
        // What is on all the same is named, and never one of the two that were written over.
        const hiding = (await place.hiding(wanted, limits)).map(({ name }) => name);
        expect(hiding.filter((name) => [ENABLED, STRICT].includes(name))).toEqual([]);
        if (note === undefined) expect(world.env()).toEqual({});
        expect(world.rollouts).toBe(1);
      },
    ),
    { numRuns: 100 },
  );
});
